package dagrad.cuda.code;

import dagrad.plan.Layout;
import dagrad.plan.Operand;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/// The leading axes of operands that are alike in them, such as the batches and heads of attention. Axes that every
/// operand walks as if they were one are made one.
///
/// @param extents outermost first; at least two, of which a kernel walks the last two
/// @param strides for each operand those of its axes, in elements
record LeadingAxes(List<Integer> extents, List<List<Long>> strides) {
    LeadingAxes {
        extents = List.copyOf(extents);
        strides = strides.stream().map(List::copyOf).toList();
    }

    /// @param operands whose first `count` axes have the same extents
    static LeadingAxes of(List<Operand> operands, int count) {
        List<Layout> layouts = operands.stream().map(Operand::layout).toList();
        List<Integer> extents = new ArrayList<>(List.of(1, 1));
        List<List<Long>> strides = new ArrayList<>();
        layouts.forEach(_ -> strides.add(new ArrayList<>(List.of(0L, 0L))));
        for (int axis = 0; axis < count; axis++) {
            int i = axis;
            int extent = layouts.getFirst().shape().dim(axis);
            if (extent == 1) {
                continue;
            }
            int last = extents.size() - 1;
            boolean mergeable = extents.get(last) > 1
                    && IntStream.range(0, layouts.size())
                            .allMatch(o ->
                                    strides.get(o).get(last) == layouts.get(o).stride(i) * extent);
            if (mergeable) {
                extents.set(last, extents.get(last) * extent);
                set(strides, last, layouts, i);
            } else {
                extents.add(extent);
                strides.forEach(s -> s.add(0L));
                set(strides, last + 1, layouts, i);
            }
        }
        return new LeadingAxes(extents, strides).withoutOnes();
    }

    private static void set(List<List<Long>> strides, int position, List<Layout> layouts, int axis) {
        for (int o = 0; o < layouts.size(); o++) {
            strides.get(o).set(position, layouts.get(o).stride(axis));
        }
    }

    /// Without the ones at the front, as long as two axes are left.
    private LeadingAxes withoutOnes() {
        int drop = Math.min(2, extents.size() - 2);
        return new LeadingAxes(
                extents.subList(drop, extents.size()),
                strides.stream().map(s -> s.subList(drop, s.size())).toList());
    }

    /// Extent of the axis before the last.
    int batches() {
        return extents.get(extents.size() - 2);
    }

    /// Extent of the last axis.
    int heads() {
        return extents.getLast();
    }

    /// How many matrices a kernel walks.
    long planes() {
        return (long) batches() * heads();
    }

    /// How often a kernel has to be called: once for each index of the axes that it does not walk.
    int calls() {
        return extents.subList(0, extents.size() - 2).stream().reduce(1, Math::multiplyExact);
    }

    /// Elements from one batch to the next.
    long batchStride(int operand) {
        return strides.get(operand).get(extents.size() - 2);
    }

    /// Elements from one head to the next.
    long headStride(int operand) {
        return strides.get(operand).getLast();
    }

    /// Where an operand's matrices for a call begin, in elements from its first one.
    long start(int operand, int call) {
        return start(call, axis -> strides.get(operand).get(axis));
    }

    private long start(int call, ToLongFunction<Integer> stride) {
        long start = 0;
        int rest = call;
        for (int axis = extents.size() - 3; axis >= 0; axis--) {
            start += rest % extents.get(axis) * stride.applyAsLong(axis);
            rest /= extents.get(axis);
        }
        return start;
    }
}
