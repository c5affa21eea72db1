package dagrad.plan;

import dagrad.graph.Broadcast;
import dagrad.graph.Op;
import dagrad.graph.Pad;
import dagrad.graph.Permute;
import dagrad.graph.Reshape;
import dagrad.graph.Slice;
import dagrad.graph.Unfold;
import dagrad.graph.Window;
import dagrad.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// How a launch walks over a slot: index (i0, i1, …) of `shape` reads element `offset + Σ i·stride` of the slot, or
/// the fill where an index lies outside of its valid range. Transposes, slices, broadcasts (stride 0), margins and
/// unfolded windows are layouts, so that they cost no copy.
///
/// @param strides in elements, one for each axis
/// @param valid for each axis the indices that lie on the slot; the others read the fill
public record Layout(Shape shape, List<Long> strides, long offset, List<Range> valid, double fill) {
    /// Indices from `from` (inclusive) to `to` (exclusive).
    public record Range(int from, int to) {}

    /// Layouts that read the same are equal where that is easily had: one of no elements is dense, a dense one has its
    /// shape's strides also along axes of extent 1, one without a margin has the fill 0.
    public Layout {
        boolean empty = shape.size() == 0;
        offset = empty ? 0 : offset;
        valid = empty ? whole(shape) : List.copyOf(valid);
        strides = isDense(shape, strides, valid) ? boxed(shape.strides()) : List.copyOf(strides);
        fill = valid.equals(whole(shape)) ? 0 : fill;
    }

    /// Row-major from the first element on.
    public static Layout dense(Shape shape) {
        return new Layout(shape, boxed(shape.strides()), 0, whole(shape), 0);
    }

    private static List<Long> boxed(long[] values) {
        return Arrays.stream(values).boxed().toList();
    }

    private static List<Range> whole(Shape shape) {
        return shape.dims().stream().map(n -> new Range(0, n)).toList();
    }

    public long stride(int axis) {
        return strides.get(axis < 0 ? axis + strides.size() : axis);
    }

    /// Whether some indices read the fill.
    public boolean masked() {
        return !valid.equals(whole(shape));
    }

    /// Whether the elements lie side by side in row-major order, from `offset` on. Axes of extent 1 have any stride.
    public boolean isDense() {
        return isDense(shape, strides, valid);
    }

    private static boolean isDense(Shape shape, List<Long> strides, List<Range> valid) {
        if (!valid.equals(whole(shape))) {
            return false;
        }
        long[] dense = shape.strides();
        return shape.size() == 0
                || IntStream.range(0, shape.rank()).allMatch(i -> shape.dim(i) == 1 || strides.get(i) == dense[i]);
    }

    /// Whether every index reads the same element.
    public boolean isScalar() {
        return !masked() && IntStream.range(0, shape.rank()).allMatch(i -> shape.dim(i) == 1 || strides.get(i) == 0);
    }

    public Layout permute(List<Integer> order) {
        return new Layout(
                new Shape(order.stream().map(shape.dims()::get).toList()),
                order.stream().map(strides::get).toList(),
                offset,
                order.stream().map(valid::get).toList(),
                fill);
    }

    public Layout broadcast(Shape to) {
        List<Long> newStrides = new ArrayList<>();
        List<Range> newValid = new ArrayList<>();
        for (int i = 0; i < to.rank(); i++) {
            boolean stretched = shape.dim(i) == 1 && to.dim(i) != 1;
            Range range = valid.get(i);
            newStrides.add(stretched ? 0 : strides.get(i));
            newValid.add(!stretched ? range : range.from < range.to ? new Range(0, to.dim(i)) : new Range(0, 0));
        }
        return new Layout(to, newStrides, offset, newValid, fill);
    }

    public Layout slice(List<Integer> from, List<Integer> to) {
        List<Integer> dims = new ArrayList<>();
        List<Range> newValid = new ArrayList<>();
        long start = offset;
        for (int i = 0; i < shape.rank(); i++) {
            int extent = to.get(i) - from.get(i);
            dims.add(extent);
            int low = Math.clamp(valid.get(i).from - from.get(i), 0, extent);
            newValid.add(new Range(low, Math.clamp(valid.get(i).to - from.get(i), low, extent)));
            start += strides.get(i) * from.get(i);
        }
        return new Layout(new Shape(dims), strides, start, newValid, fill);
    }

    /// A margin; empty if there is one already that reads another fill.
    public Optional<Layout> pad(List<Integer> low, List<Integer> high, double value) {
        if (masked() && Double.compare(value, fill) != 0) {
            return Optional.empty();
        }
        List<Integer> dims = new ArrayList<>();
        List<Range> newValid = new ArrayList<>();
        long start = offset;
        for (int i = 0; i < shape.rank(); i++) {
            dims.add(low.get(i) + shape.dim(i) + high.get(i));
            newValid.add(new Range(valid.get(i).from + low.get(i), valid.get(i).to + low.get(i)));
            start -= strides.get(i) * low.get(i);
        }
        return Optional.of(new Layout(new Shape(dims), strides, start, newValid, value));
    }

    /// Two axes from one, `i = outer·a + inner·b`: how windows are unfolded. The axis is replaced by the axis of
    /// `outer`
    /// positions, and that of `inner` ones follows at the end. Empty if the axis has a margin.
    public Optional<Layout> unfold(int axis, int outer, long a, int inner, long b) {
        if (!valid.get(axis).equals(new Range(0, shape.dim(axis)))) {
            return Optional.empty();
        }
        List<Long> newStrides = new ArrayList<>(strides);
        List<Range> newValid = new ArrayList<>(valid);
        newStrides.set(axis, strides.get(axis) * a);
        newStrides.add(strides.get(axis) * b);
        newValid.set(axis, new Range(0, outer));
        newValid.add(new Range(0, inner));
        return Optional.of(
                new Layout(shape.with(axis, outer).concat(Shape.of(inner)), newStrides, offset, newValid, fill));
    }

    /// Whether an operation only re-reads its operand.
    public static boolean isView(Op op) {
        return switch (op) {
            case Reshape _, Permute _, Broadcast _, Slice _, Pad _, Unfold _ -> true;
            case Op _ -> false;
        };
    }

    /// How the result of a view reads the slot whose elements its operand reads by this layout; empty if only a copy
    /// will do.
    ///
    /// @throws IllegalArgumentException if the operation is no view
    public Optional<Layout> through(Op view) {
        return switch (view) {
            case Reshape(Shape to) -> reshape(to);
            case Permute(List<Integer> order) -> Optional.of(permute(order));
            case Broadcast(Shape to) -> Optional.of(broadcast(to));
            case Slice(List<Integer> from, List<Integer> to) -> Optional.of(slice(from, to));
            case Pad(List<Integer> low, List<Integer> high, double value) -> pad(low, high, value);
            case Unfold(Window w) -> unfold(w);
            case Op other -> throw new IllegalArgumentException(other.name() + " is no view");
        };
    }

    /// [n, c, h, w] → [n, c, oh, w, kh] → [n, c, oh, ow, kh, kw] → [n, c, kh, kw, oh, ow]
    private Optional<Layout> unfold(Window w) {
        return unfold(2, w.positionsH(shape.dim(2)), w.sh(), w.kh(), w.dh())
                .flatMap(rows -> rows.unfold(3, w.positionsW(shape.dim(3)), w.sw(), w.kw(), w.dw()))
                .map(all -> all.permute(List.of(0, 1, 4, 5, 2, 3)));
    }

    /// The same walk under another shape of the same size; empty if the strides do not allow it without a copy.
    ///
    /// Both shapes are cut into the smallest runs of axes with equal products; within a run the old axes must be
    /// one evenly spaced sequence (or one axis), which the new axes split.
    public Optional<Layout> reshape(Shape to) {
        if (to.equals(shape)) {
            return Optional.of(this);
        }
        if (shape.size() == 0 || isDense()) {
            return Optional.of(new Layout(to, boxed(to.strides()), offset, whole(to), fill));
        }
        List<Integer> old = IntStream.range(0, shape.rank())
                .filter(i -> shape.dim(i) != 1)
                .boxed()
                .toList();
        if (IntStream.range(0, shape.rank()).anyMatch(i -> shape.dim(i) == 1 && valid.get(i).from >= valid.get(i).to)) {
            return Optional.empty();
        }
        List<Long> newStrides = new ArrayList<>(Collections.nCopies(to.rank(), 0L));
        List<Range> newValid = new ArrayList<>(whole(to));
        int from = 0;
        int at = 0;
        while (from < old.size()) {
            int end = from + 1;
            long have = shape.dim(old.get(from));
            int first = at;
            long want = 1;
            while (want != have) {
                if (want < have) {
                    want *= to.dim(at++);
                } else {
                    have *= shape.dim(old.get(end++));
                }
            }
            if (!splitRun(old.subList(from, end), to, first, at, newStrides, newValid)) {
                return Optional.empty();
            }
            from = end;
        }
        return Optional.of(new Layout(to, newStrides, offset, newValid, fill));
    }

    /// Gives the new axes `first` to `last` (exclusive) the strides of a run of old ones, if that can be.
    private boolean splitRun(
            List<Integer> run, Shape to, int first, int last, List<Long> newStrides, List<Range> newValid) {
        List<Integer> wide =
                IntStream.range(first, last).filter(i -> to.dim(i) != 1).boxed().toList();
        boolean whole = run.stream().allMatch(i -> valid.get(i).equals(new Range(0, shape.dim(i))));
        if (run.size() == 1 && wide.size() == 1) {
            newStrides.set(wide.getFirst(), strides.get(run.getFirst()));
            newValid.set(wide.getFirst(), valid.get(run.getFirst()));
            return true;
        }
        for (int i = 0; i + 1 < run.size(); i++) {
            int inner = run.get(i + 1);
            if (strides.get(run.get(i)) != strides.get(inner) * shape.dim(inner)) {
                return false;
            }
        }
        long stride = strides.get(run.getLast());
        for (int axis : wide.reversed()) {
            newStrides.set(axis, stride);
            stride *= to.dim(axis);
        }
        return whole;
    }

    /// The least and the greatest element of the slot that is read, or empty if none is.
    public Optional<long[]> extent() {
        long low = offset;
        long high = offset;
        for (int i = 0; i < shape.rank(); i++) {
            Range range = valid.get(i);
            if (range.from >= range.to) {
                return Optional.empty();
            }
            long first = strides.get(i) * range.from;
            long last = strides.get(i) * (range.to - 1);
            low += Math.min(first, last);
            high += Math.max(first, last);
        }
        return Optional.of(new long[] {low, high});
    }

    /// The slot's element for an index, or -1 where the fill is read.
    public long element(int[] index) {
        long element = offset;
        for (int i = 0; i < index.length; i++) {
            if (index[i] < valid.get(i).from || index[i] >= valid.get(i).to) {
                return -1;
            }
            element += strides.get(i) * index[i];
        }
        return element;
    }

    /// Nothing for a dense layout; else `+offset strides[..]`, with the valid ranges and the fill of a margin.
    @Override
    public String toString() {
        if (isDense() && offset == 0) {
            return "";
        }
        String margin = masked()
                ? " valid" + valid.stream().map(r -> r.from + ".." + r.to).toList() + " else " + fill
                : "";
        return shape + "+" + offset + strides + margin;
    }
}
