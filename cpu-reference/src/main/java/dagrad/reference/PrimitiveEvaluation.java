package dagrad.reference;

import dagrad.graph.ArgMax;
import dagrad.graph.Broadcast;
import dagrad.graph.Cast;
import dagrad.graph.Concat;
import dagrad.graph.Constant;
import dagrad.graph.Fold;
import dagrad.graph.Gather;
import dagrad.graph.Input;
import dagrad.graph.Iota;
import dagrad.graph.MatMul;
import dagrad.graph.Pad;
import dagrad.graph.Permute;
import dagrad.graph.Philox;
import dagrad.graph.Pointwise;
import dagrad.graph.Primitive;
import dagrad.graph.Reduce;
import dagrad.graph.Reshape;
import dagrad.graph.ScalarFn;
import dagrad.graph.ScatterAdd;
import dagrad.graph.Slice;
import dagrad.graph.Unfold;
import dagrad.graph.Window;
import dagrad.tensor.DType;
import dagrad.tensor.Literal;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What each primitive computes, as its record documents it. The specs of the results are found here from the
/// operands alone, not asked of [dagrad.graph.Op#infer]: so the two can be compared.
final class PrimitiveEvaluation {
    private PrimitiveEvaluation() {}

    /// @throws EvaluationException if an index is out of range
    static Numbers of(Primitive op, List<Numbers> in) {
        return switch (op) {
            case Input input -> throw new IllegalStateException(input.label() + " is given, not computed");
            case Constant(TensorSpec spec, Literal values) -> Numbers.of(spec, values);
            case Iota(Shape shape, int axis) -> iota(shape, axis);
            case Philox(int stream, Shape shape) -> philox(stream, shape, (Integers) in.get(0), (Integers) in.get(1));
            case Pointwise(ScalarFn fn) -> pointwise(fn, in);
            case Cast(DType to) -> in.getFirst().cast(to);
            case MatMul(boolean wide) -> matmul(wide, (Reals) in.get(0), (Reals) in.get(1));
            case Reduce(Reduce.Kind kind, List<Integer> axes) -> reduce(kind, axes, in.getFirst());
            case ArgMax(int axis) -> argmax(axis, in.getFirst());
            case Reshape(Shape shape) -> in.getFirst().reshape(shape);
            case Permute(List<Integer> order) -> permute(order, in.getFirst());
            case Broadcast(Shape shape) -> broadcast(shape, in.getFirst());
            case Slice(List<Integer> from, List<Integer> to) -> slice(from, to, in.getFirst());
            case Pad(List<Integer> low, List<Integer> high, double value) -> pad(low, high, value, in.getFirst());
            case Concat(int axis) -> concat(axis, in);
            case Gather() -> gather(in.get(0), (Integers) in.get(1));
            case ScatterAdd(int rows) -> scatterAdd(rows, (Integers) in.get(0), in.get(1));
            case Unfold(Window window) -> unfold(window, in.getFirst());
            case Fold(Window window, int h, int w) -> fold(window, h, w, in.getFirst());
        };
    }

    // ---- numbers --------------------------------------------------------------------------------------------------

    private static Numbers iota(Shape shape, int axis) {
        long[] result = new long[Math.toIntExact(shape.size())];
        int[] counts = Places.of(shape, index -> index[axis]);
        for (int i = 0; i < result.length; i++) {
            result[i] = counts[i];
        }
        return new Integers(new TensorSpec(DType.I32, shape), result);
    }

    private static Numbers philox(int stream, Shape shape, Integers seed, Integers step) {
        double[] result = new double[Math.toIntExact(shape.size())];
        for (int i = 0; i < result.length; i++) {
            result[i] = Philox4x32.uniform(i, (int) seed.get(0), (int) seed.get(1), (int) step.get(0), stream);
        }
        return new Reals(new TensorSpec(DType.F32, shape), result);
    }

    private static Numbers pointwise(ScalarFn fn, List<Numbers> in) {
        if (in.getFirst() instanceof Integers) {
            return Integers.pointwise(fn, in.stream().map(Integers.class::cast).toList());
        }
        List<Reals> operands = in.stream().map(Reals.class::cast).toList();
        double[] result = new double[operands.getFirst().size()];
        for (int i = 0; i < result.length; i++) {
            double a = operands.get(0).get(i);
            double b = operands.size() > 1 ? operands.get(1).get(i) : 0;
            double c = operands.size() > 2 ? operands.get(2).get(i) : 0;
            result[i] = fn.apply(a, b, c);
        }
        return new Reals(operands.getFirst().spec(), result);
    }

    private static Numbers matmul(boolean wide, Reals a, Reals b) {
        int rank = a.shape().rank();
        int m = a.shape().dim(-2);
        int inner = a.shape().dim(-1);
        int n = b.shape().dim(-1);
        int batches = Math.toIntExact(a.shape().sub(0, rank - 2).size());
        double[] result = new double[Math.multiplyExact(batches, Math.multiplyExact(m, n))];
        for (int batch = 0; batch < batches; batch++) {
            for (int i = 0; i < m; i++) {
                for (int k = 0; k < inner; k++) {
                    double left = a.get((batch * m + i) * inner + k);
                    for (int j = 0; j < n; j++) {
                        result[(batch * m + i) * n + j] += left * b.get((batch * inner + k) * n + j);
                    }
                }
            }
        }
        DType type = wide ? a.spec().dtype().wide() : a.spec().dtype();
        return new Reals(new TensorSpec(type, a.shape().with(-1, n)), result);
    }

    // ---- reductions -----------------------------------------------------------------------------------------------

    private static Numbers reduce(Reduce.Kind kind, List<Integer> axes, Numbers x) {
        Shape result = x.shape();
        for (int axis : axes) {
            result = result.with(axis, 1);
        }
        return x.gatherInto(kind, result, Places.broadcast(result, x.shape()));
    }

    private static Numbers argmax(int axis, Numbers x) {
        Shape shape = x.shape().with(axis, 1);
        int[] starts = Places.of(shape, index -> Places.at(x.shape(), index));
        long[] result = new long[starts.length];
        int stride = Math.toIntExact(x.shape().strides()[axis]);
        for (int i = 0; i < result.length; i++) {
            int best = 0;
            for (int candidate = 1; candidate < x.shape().dim(axis); candidate++) {
                if (x.larger(starts[i] + candidate * stride, starts[i] + best * stride)) {
                    best = candidate;
                }
            }
            result[i] = best;
        }
        return new Integers(new TensorSpec(DType.I32, shape), result);
    }

    // ---- elements moved around ------------------------------------------------------------------------------------

    private static Numbers permute(List<Integer> order, Numbers x) {
        return x.pick(Places.permuted(x.shape(), order), Places.permute(x.shape(), order), 0);
    }

    private static Numbers broadcast(Shape shape, Numbers x) {
        return x.pick(shape, Places.broadcast(x.shape(), shape), 0);
    }

    private static Numbers slice(List<Integer> from, List<Integer> to, Numbers x) {
        Shape shape = x.shape();
        for (int axis = 0; axis < from.size(); axis++) {
            shape = shape.with(axis, to.get(axis) - from.get(axis));
        }
        return x.pick(shape, Places.shifted(x.shape(), shape, from), 0);
    }

    private static Numbers pad(List<Integer> low, List<Integer> high, double value, Numbers x) {
        Shape shape = x.shape();
        List<Integer> from = new ArrayList<>();
        for (int axis = 0; axis < low.size(); axis++) {
            shape = shape.with(axis, low.get(axis) + shape.dim(axis) + high.get(axis));
            from.add(-low.get(axis));
        }
        return x.pick(shape, Places.shifted(x.shape(), shape, from), value);
    }

    private static Numbers concat(int axis, List<Numbers> in) {
        Numbers first = in.getFirst();
        List<Shape> shapes = in.stream().map(Numbers::shape).toList();
        Shape shape = first.shape()
                .with(axis, shapes.stream().mapToInt(s -> s.dim(axis)).sum());
        return first.followedBy(in.subList(1, in.size())).pick(shape, Places.concat(shapes, shape, axis), 0);
    }

    private static Numbers gather(Numbers x, Integers indices) {
        Shape row = x.shape().sub(1, x.shape().rank());
        Shape shape = indices.shape().concat(row);
        return x.pick(shape, rows("gather", shape, indices, x.shape()), 0);
    }

    private static Numbers scatterAdd(int rows, Integers indices, Numbers updates) {
        Shape row = updates.shape().sub(indices.shape().rank(), updates.shape().rank());
        Shape shape = Shape.of(rows).concat(row);
        int[] places = rows("scatter_add", updates.shape(), indices, shape);
        return updates.cast(updates.spec().dtype().wide()).gatherInto(Reduce.Kind.SUM, shape, places);
    }

    /// For every element (n.., d..) of a shape the place of (indices[n..], d..) in a table.
    private static int[] rows(String op, Shape shape, Integers indices, Shape table) {
        int leading = indices.shape().rank();
        int[] source = new int[table.rank()];
        return Places.of(shape, index -> {
            int at = Places.at(indices.shape(), Arrays.copyOf(index, leading));
            long chosen = indices.get(at);
            if (chosen < 0 || chosen >= table.dim(0)) {
                throw new EvaluationException(op + ": index " + chosen + " (element " + at + " of " + indices.spec()
                        + ") is outside of the " + table.dim(0) + " rows of " + table);
            }
            source[0] = (int) chosen;
            System.arraycopy(index, leading, source, 1, source.length - 1);
            return Places.at(table, source);
        });
    }

    private static Numbers unfold(Window w, Numbers x) {
        Shape image = x.shape();
        Shape windows = windows(w, image.sub(0, 2), image.dim(2), image.dim(3));
        return x.pick(windows, Places.windows(image, windows, w), 0);
    }

    private static Numbers fold(Window w, int height, int width, Numbers x) {
        Shape image = x.shape().sub(0, 2).concat(Shape.of(height, width));
        return x.gatherInto(Reduce.Kind.SUM, image, Places.windows(image, x.shape(), w));
    }

    /// [n, c, kh, kw, oh, ow]: a window fits wherever its last tap is still inside.
    private static Shape windows(Window w, Shape leading, int height, int width) {
        int rows = (height - (w.kh() - 1) * w.dh() - 1) / w.sh() + 1;
        int columns = (width - (w.kw() - 1) * w.dw() - 1) / w.sw() + 1;
        return leading.concat(Shape.of(w.kh(), w.kw(), rows, columns));
    }
}
