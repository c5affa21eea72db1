package dagrad.graph;

import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/// The builder's vocabulary for re-arranging tensors. Negative axes count from the end.
public interface Shaping {
    /// Applies an operation that has one result (or of several the first).
    Value apply(Op op, Value... operands);

    TensorSpec spec(Value value);

    /// The axis counted from 0.
    ///
    /// @throws GraphException if there is no such axis
    default int axis(Value x, int axis) {
        int rank = spec(x).shape().rank();
        if (axis < -rank || axis >= rank) {
            throw new GraphException("no axis " + axis + " in " + spec(x) + "; at " + Origin.here(""));
        }
        return axis < 0 ? axis + rank : axis;
    }

    /// The same elements in row-major order; one extent may be -1 and is computed from the others.
    default Value reshape(Value x, int... dims) {
        int[] shape = dims.clone();
        long known = 1;
        int open = -1;
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] == -1) {
                open = i;
            } else {
                known *= shape[i];
            }
        }
        if (open >= 0) {
            shape[open] = known == 0 ? 0 : (int) (spec(x).shape().size() / known);
        }
        return reshape(x, Shape.of(shape));
    }

    default Value reshape(Value x, Shape shape) {
        return spec(x).shape().equals(shape) ? x : apply(new Reshape(shape), x);
    }

    /// Stretches to a shape as NumPy does: shapes are aligned at their last axes, missing axes and extents of 1
    /// repeat.
    default Value broadcast(Value x, Shape shape) {
        Shape from = spec(x).shape();
        if (from.equals(shape)) {
            return x;
        }
        int missing = Math.max(0, shape.rank() - from.rank());
        Shape aligned =
                Shape.of(IntStream.generate(() -> 1).limit(missing).toArray()).concat(from);
        Value reshaped = reshape(x, aligned);
        return aligned.equals(shape) ? reshaped : apply(new Broadcast(shape), reshaped);
    }

    /// The axes in another order.
    default Value permute(Value x, List<Integer> order) {
        return order.equals(GraphBuilder.range(order.size())) ? x : apply(new Permute(order), x);
    }

    default Value permute(Value x, int... order) {
        return permute(x, IntStream.of(order).boxed().toList());
    }

    /// The last two axes exchanged.
    default Value transpose(Value x) {
        return swap(x, -2, -1);
    }

    /// Two axes exchanged.
    default Value swap(Value x, int a, int b) {
        List<Integer> order = new ArrayList<>(GraphBuilder.range(spec(x).shape().rank()));
        Collections.swap(order, axis(x, a), axis(x, b));
        return permute(x, order);
    }

    /// The order that undoes an order.
    default List<Integer> inverse(List<Integer> order) {
        Integer[] result = new Integer[order.size()];
        for (int i = 0; i < result.length; i++) {
            result[order.get(i)] = i;
        }
        return List.of(result);
    }

    /// An order of the axes that moves some to the end.
    default List<Integer> axesLast(int rank, List<Integer> axes) {
        List<Integer> order = new ArrayList<>(GraphBuilder.range(rank));
        order.removeAll(axes);
        order.addAll(axes);
        return order;
    }

    /// The elements `from` (inclusive) to `to` (exclusive) along one axis.
    default Value slice(Value x, int axis, int from, int to) {
        Shape shape = spec(x).shape();
        List<Integer> start = new ArrayList<>(Collections.nCopies(shape.rank(), 0));
        List<Integer> end = new ArrayList<>(shape.dims());
        start.set(axis(x, axis), from);
        end.set(axis(x, axis), to);
        return start.stream().allMatch(i -> i == 0) && end.equals(shape.dims()) ? x : apply(new Slice(start, end), x);
    }

    /// Every `step`-th element of `from` to `to` along one axis.
    ///
    /// @throws GraphException if the step is not positive
    default Value slice(Value x, int axis, int from, int to, int step) {
        int at = axis(x, axis);
        if (step < 1) {
            throw new GraphException("slice: the step must be 1 or more, not " + step + "; at " + Origin.here(""));
        }
        int count = Math.ceilDiv(to - from, step);
        Value part = slice(x, at, from, to);
        if (step == 1 || count == 0) {
            return part;
        }
        Shape shape = spec(part).shape();
        Value padded = pad(part, at, 0, count * step - shape.dim(at), 0);
        Shape split = shape.sub(0, at).concat(Shape.of(count, step)).concat(shape.sub(at + 1, shape.rank()));
        return reshape(slice(reshape(padded, split), at + 1, 0, 1), shape.with(at, count));
    }

    /// One element along an axis, which goes away.
    default Value index(Value x, int axis, int i) {
        int at = axis(x, axis);
        Shape shape = spec(x).shape();
        return reshape(slice(x, at, i, i + 1), shape.sub(0, at).concat(shape.sub(at + 1, shape.rank())));
    }

    /// A margin of one value along one axis.
    default Value pad(Value x, int axis, int low, int high, double value) {
        if (low == 0 && high == 0) {
            return x;
        }
        List<Integer> before =
                new ArrayList<>(Collections.nCopies(spec(x).shape().rank(), 0));
        List<Integer> after = new ArrayList<>(before);
        before.set(axis(x, axis), low);
        after.set(axis(x, axis), high);
        return apply(new Pad(before, after, value), x);
    }

    /// A margin around the last two axes.
    default Value pad2d(Value x, int padH, int padW, double value) {
        return pad(pad(x, -2, padH, padH, value), -1, padW, padW, value);
    }

    default Value concat(int axis, Value... parts) {
        return parts.length == 1 ? parts[0] : apply(new Concat(axis(parts[0], axis)), parts);
    }

    /// Tensors of one shape side by side along a new axis.
    ///
    /// @throws GraphException if their shapes differ
    default Value stack(int axis, Value... parts) {
        TensorSpec first = spec(parts[0]);
        int at = axis < 0 ? axis + first.shape().rank() + 1 : axis;
        Value[] expanded = new Value[parts.length];
        for (int i = 0; i < parts.length; i++) {
            if (!spec(parts[i]).shape().equals(first.shape())) {
                throw new GraphException(
                        "stack: shapes differ: " + first + " and " + spec(parts[i]) + "; at " + Origin.here(""));
            }
            expanded[i] = unsqueeze(parts[i], at);
        }
        return concat(at, expanded);
    }

    /// A new axis of extent 1 at that place.
    ///
    /// @throws GraphException if there is no such place
    default Value unsqueeze(Value x, int axis) {
        Shape shape = spec(x).shape();
        int at = axis < 0 ? axis + shape.rank() + 1 : axis;
        if (at < 0 || at > shape.rank()) {
            throw new GraphException(
                    "unsqueeze: no place " + axis + " for an axis of " + spec(x) + "; at " + Origin.here(""));
        }
        return reshape(x, shape.sub(0, at).concat(Shape.of(1)).concat(shape.sub(at, shape.rank())));
    }

    /// Equal parts along one axis.
    ///
    /// @throws GraphException if the extent is no multiple of the number of parts
    default List<Value> split(Value x, int axis, int parts) {
        int extent = spec(x).shape().dim(axis(x, axis));
        if (parts < 1 || extent % parts != 0) {
            throw new GraphException("split: " + extent + " elements along axis " + axis + " of " + spec(x)
                    + " do not make " + parts + " equal parts; at " + Origin.here(""));
        }
        List<Value> result = new ArrayList<>();
        for (int i = 0; i < parts; i++) {
            result.add(slice(x, axis, i * (extent / parts), (i + 1) * (extent / parts)));
        }
        return result;
    }

    /// i32 numbers counting along one axis of a shape.
    default Value iota(Shape shape, int axis) {
        return apply(new Iota(shape, axis < 0 ? axis + shape.rank() : axis));
    }

    /// Rows of x [r, d..] by integers [n..]: [n.., d..].
    default Value gather(Value x, Value indices) {
        return apply(new Gather(), x, indices);
    }

    /// Sums of the updates [n.., d..] by the row numbers [n..]: [rows, d..].
    default Value scatterAdd(Value indices, Value updates, int rows) {
        return apply(new ScatterAdd(rows), indices, updates);
    }
}
