package dagrad.cuda.code;

import dagrad.plan.Layout;
import dagrad.tensor.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/// The axes of a loop, outermost first. The order of the elements is free in elementwise code, so axes may be exchanged
/// and merged.
record Space(List<Axis> axes) {
    Space {
        axes = List.copyOf(axes);
    }

    /// The axes of a domain that have more than one index.
    ///
    /// @param layouts of the domain's shape
    static Space of(Shape domain, List<Layout> layouts) {
        return new Space(IntStream.range(0, domain.rank())
                .filter(axis -> domain.dim(axis) != 1)
                .mapToObj(axis -> Axis.of(domain.dim(axis), layouts, axis))
                .toList());
    }

    long size() {
        return axes.stream().mapToLong(Axis::extent).reduce(1, (a, b) -> a * b);
    }

    Optional<Axis> inner() {
        return axes.isEmpty() ? Optional.empty() : Optional.of(axes.getLast());
    }

    /// The axes in the order in which an operand's memory goes, adjacent elements innermost. As they are if it does not
    /// move along some of them.
    Space inOrderOf(int operand) {
        if (axes.stream().anyMatch(axis -> axis.stride(operand) == 0)) {
            return this;
        }
        return new Space(axes.stream()
                .sorted(Comparator.comparingLong((Axis axis) -> axis.stride(operand))
                        .reversed())
                .toList());
    }

    /// Neighbouring axes that all operands go evenly over become one.
    Space merged() {
        List<Axis> result = new ArrayList<>();
        for (Axis axis : axes.reversed()) {
            Optional<Axis> both = result.isEmpty() ? Optional.empty() : axis.with(result.getLast());
            if (both.isPresent()) {
                result.set(result.size() - 1, both.get());
            } else {
                result.add(axis);
            }
        }
        return new Space(result.reversed());
    }

    /// The innermost axis walked that many elements at a time.
    Space by(int width) {
        if (width == 1) {
            return this;
        }
        List<Axis> result = new ArrayList<>(axes);
        result.set(result.size() - 1, axes.getLast().by(width));
        return new Space(result);
    }

    Space where(Predicate<Axis> chosen) {
        return new Space(axes.stream().filter(chosen).toList());
    }

    /// The greatest number of elements by which an operand's address moves; -1 if it moves backwards somewhere.
    long reach(int operand) {
        if (axes.stream().anyMatch(axis -> axis.stride(operand) < 0)) {
            return -1;
        }
        return axes.stream()
                .mapToLong(axis -> axis.stride(operand) * (axis.extent() - 1))
                .sum();
    }

    /// The type of indices: 32 bits where everything can be counted in 31.
    String indexType() {
        long most = 1L << 31;
        int operands = axes.isEmpty() ? 0 : axes.getFirst().steps().size();
        boolean small = size() < most && IntStream.range(0, operands).allMatch(i -> reach(i) >= 0 && reach(i) < most);
        return small ? "unsigned" : "long long";
    }
}
