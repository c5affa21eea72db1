package dagrad.cuda.code;

import dagrad.plan.Layout;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// One axis of a loop, and what a step along it means for each operand.
///
/// @param steps one for each operand
record Axis(long extent, List<Step> steps) {
    Axis {
        steps = List.copyOf(steps);
    }

    /// How an operand goes along an axis.
    ///
    /// @param stride elements of its memory from one index to the next
    /// @param from the first index at which the operand has elements; before it the fill is read
    /// @param to one past the last such index
    record Step(long stride, long from, long to) {
        private boolean within(int width) {
            return from % width == 0 && to % width == 0;
        }
    }

    static Axis of(long extent, List<Layout> layouts, int axis) {
        List<Step> steps = layouts.stream()
                .map(layout -> new Step(
                        layout.stride(axis),
                        layout.valid().get(axis).from(),
                        layout.valid().get(axis).to()))
                .toList();
        return new Axis(extent, steps);
    }

    long stride(int operand) {
        return steps.get(operand).stride();
    }

    /// Whether an operand has elements all along the axis.
    boolean isWhole(int operand) {
        return steps.get(operand).from() == 0 && steps.get(operand).to() == extent;
    }

    /// This axis and the next inner one as one, if every operand goes evenly over both.
    Optional<Axis> with(Axis inner) {
        boolean even = IntStream.range(0, steps.size())
                .allMatch(i -> inner.isWhole(i) && stride(i) == inner.stride(i) * inner.extent);
        List<Step> merged = IntStream.range(0, steps.size())
                .mapToObj(i -> new Step(
                        inner.stride(i),
                        steps.get(i).from() * inner.extent,
                        steps.get(i).to() * inner.extent))
                .toList();
        return even ? Optional.of(new Axis(extent * inner.extent, merged)) : Optional.empty();
    }

    /// Whether the axis can be walked that many elements at a time: they are adjacent, or the same one, for each of the
    /// operands; those in `free` may be anything.
    boolean divides(int width, int free) {
        return extent % width == 0
                && IntStream.range(0, steps.size())
                        .allMatch(i -> i >= free || steps.get(i).within(width) && (stride(i) == 0 || stride(i) == 1));
    }

    /// The axis walked that many elements at a time.
    Axis by(int width) {
        List<Step> wider = steps.stream()
                .map(s -> new Step(s.stride() * width, s.from() / width, s.to() / width))
                .toList();
        return new Axis(extent / width, wider);
    }
}
