package dagrad.cuda.code;

import dagrad.cuda.code.Axis.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The text that finds operands' elements from one variable, which counts the elements of a space in row-major order.
/// Coordinates are computed by division by constants, which compilers turn into multiplications.
final class Index {
    private final String variable;
    private final Space space;
    private final Map<String, String> coordinates = new LinkedHashMap<>();

    Index(String variable, Space space) {
        this.variable = variable;
        this.space = space;
    }

    /// Some adjacent axes that an operand goes evenly over.
    ///
    /// @param below number of elements of all axes further in
    private record Run(long extent, long below, Step step) {
        boolean isWhole() {
            return step.from() == 0 && step.to() == extent;
        }
    }

    private List<Run> runs(int operand) {
        List<Run> runs = new ArrayList<>();
        long below = 1;
        for (Axis axis : space.axes().reversed()) {
            Step step = axis.steps().get(operand);
            Run last = runs.isEmpty() ? new Run(1, below, new Step(step.stride(), 0, 1)) : runs.getLast();
            if (last.isWhole() && step.stride() == last.step.stride() * last.extent) {
                if (!runs.isEmpty()) {
                    runs.removeLast();
                }
                Step both = new Step(last.step.stride(), step.from() * last.extent, step.to() * last.extent);
                runs.add(new Run(axis.extent() * last.extent, last.below, both));
            } else {
                runs.add(new Run(axis.extent(), below, step));
            }
            below *= axis.extent();
        }
        return runs.reversed();
    }

    private String coordinate(Run run) {
        boolean outermost = run.below * run.extent == space.size();
        if (outermost && run.below == 1) {
            return variable;
        }
        String text = variable
                + (run.below == 1 ? "" : " / " + number(run.below))
                + (outermost ? "" : " % " + number(run.extent));
        return coordinates.computeIfAbsent(text, _ -> variable + coordinates.size());
    }

    /// How many elements an operand's address moves, as a sum of terms; none if it does not move.
    List<String> offset(int operand) {
        return runs(operand).stream()
                .filter(run -> run.step.stride() != 0 && run.extent != 1)
                .map(run ->
                        run.step.stride() == 1 ? coordinate(run) : coordinate(run) + " * " + number(run.step.stride()))
                .toList();
    }

    /// The conditions under which an operand has an element, if there are any.
    List<String> guards(int operand) {
        List<String> guards = new ArrayList<>();
        for (Run run : runs(operand)) {
            if (run.step.from() > 0) {
                guards.add(coordinate(run) + " >= " + number(run.step.from()));
            }
            if (run.step.to() < run.extent) {
                guards.add(coordinate(run) + " < " + number(run.step.to()));
            }
        }
        return guards;
    }

    /// Declares the coordinates that were asked for.
    void declare(Text text, String type) {
        coordinates.forEach((value, name) -> text.line("const " + type + " " + name + " = " + value + ";"));
    }

    static String number(long value) {
        return value <= Integer.MAX_VALUE && value >= -Integer.MAX_VALUE ? String.valueOf(value) : value + "LL";
    }
}
