package dagrad.graph;

import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// The builder's vocabulary for summing up along axes. Without axes, all are meant. The axes go away, unless the name
/// ends
/// in `KeepDims`: then they stay with extent 1.
public interface Reductions extends Elementwise {
    private Value reduce(Reduce.Kind kind, Value x, int... axes) {
        List<Integer> list = axes.length == 0
                ? GraphBuilder.range(spec(x).shape().rank())
                : IntStream.of(axes).map(a -> axis(x, a)).boxed().toList();
        return list.isEmpty() ? x : apply(new Reduce(kind, list), x);
    }

    private Value drop(Value reduced, Value x, int... axes) {
        List<Integer> dims = new ArrayList<>();
        List<Integer> gone = IntStream.of(axes).map(a -> axis(x, a)).boxed().toList();
        for (int i = 0; i < spec(x).shape().rank() && axes.length > 0; i++) {
            if (!gone.contains(i)) {
                dims.add(spec(reduced).shape().dim(i));
            }
        }
        return reshape(reduced, new Shape(dims));
    }

    default Value sum(Value x, int... axes) {
        return drop(sumKeepDims(x, axes), x, axes);
    }

    default Value sumKeepDims(Value x, int... axes) {
        return reduce(Reduce.Kind.SUM, x, axes);
    }

    default Value mean(Value x, int... axes) {
        return drop(meanKeepDims(x, axes), x, axes);
    }

    default Value meanKeepDims(Value x, int... axes) {
        Value sum = sumKeepDims(x, axes);
        return mul(sum, (double) spec(sum).shape().size() / spec(x).shape().size());
    }

    /// The largest element; the gradient goes to the first that attains it.
    default Value maxOver(Value x, int... axes) {
        return drop(maxKeepDims(x, axes), x, axes);
    }

    default Value maxKeepDims(Value x, int... axes) {
        return reduce(Reduce.Kind.MAX, x, axes);
    }

    /// The smallest element; the gradient goes to the first that attains it.
    default Value minOver(Value x, int... axes) {
        return drop(minKeepDims(x, axes), x, axes);
    }

    default Value minKeepDims(Value x, int... axes) {
        return reduce(Reduce.Kind.MIN, x, axes);
    }

    /// The product along one axis, multiplied in pairs, so that its gradient is right where factors are 0 too.
    default Value prod(Value x, int axis) {
        int at = axis(x, axis);
        Value rest = x;
        while (spec(rest).shape().dim(at) > 1) {
            int n = spec(rest).shape().dim(at);
            Value even = pad(rest, at, 0, n % 2, 1);
            int half = (n + 1) / 2;
            rest = mul(slice(even, at, 0, half), slice(even, at, half, 2 * half));
        }
        Shape shape = spec(x).shape();
        Shape dropped = shape.sub(0, at).concat(shape.sub(at + 1, shape.rank()));
        return shape.dim(at) == 0 ? constant(spec(x).withShape(dropped), 1) : reshape(rest, dropped);
    }

    /// log(sum(exp x)) along one axis, without overflow.
    default Value logSumExp(Value x, int axis) {
        return drop(logSumExpKeepDims(x, axis), x, axis);
    }

    default Value logSumExpKeepDims(Value x, int axis) {
        Value max = stopGradient(maxKeepDims(x, axis));
        return add(log(sumKeepDims(exp(sub(x, max)), axis)), max);
    }

    /// The index (i32) of the first largest element along one axis.
    default Value argmax(Value x, int axis) {
        return drop(argmaxKeepDims(x, axis), x, axis);
    }

    default Value argmaxKeepDims(Value x, int axis) {
        return apply(new ArgMax(axis(x, axis)), x);
    }

    /// Population variance along axes, by the squared differences from the mean.
    default Value variance(Value x, int... axes) {
        return mean(square(sub(x, meanKeepDims(x, axes))), axes);
    }

    /// 1 at the index, 0 elsewhere, along a new last axis; an index out of range gives zeros.
    default Value oneHot(Value indices, int classes, DType dtype) {
        Shape shape = spec(indices).shape().concat(Shape.of(classes));
        Value wide = broadcast(unsqueeze(cast(indices, DType.I32), -1), shape);
        return cast(eq(iota(shape, -1), wide), dtype);
    }
}
