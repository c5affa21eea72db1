package dagrad.graph;

import java.util.ArrayList;
import java.util.List;

/// What a gradient rule answers: for each operand the gradient, or why there is none.
public record Gradient(List<Part> parts) {
    /// The answer for one operand.
    public sealed interface Part {
        /// The loss's gradient with respect to the operand; same spec as the operand.
        record Flows(Value value) implements Part {}

        /// The result does not vary with the operand, or only in jumps: indices, comparisons, `sign`. The gradient is
        /// zero.
        record Zero() implements Part {}

        /// A derivative exists but is not offered. Differentiating through it is an error when the graph is built,
        /// never a
        /// silent zero.
        record Refused(String reason) implements Part {}
    }

    public Gradient {
        parts = List.copyOf(parts);
    }

    public static Gradient of(List<Value> gradients) {
        return new Gradient(gradients.stream().<Part>map(Part.Flows::new).toList());
    }

    /// No operand has a gradient: nothing flows.
    public static Gradient zero(int operands) {
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < operands; i++) {
            parts.add(new Part.Zero());
        }
        return new Gradient(parts);
    }

    /// All operands refuse, for the same reason.
    public static Gradient notDifferentiable(int operands, String reason) {
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < operands; i++) {
            parts.add(new Part.Refused(reason));
        }
        return new Gradient(parts);
    }

    /// This gradient, with more operands after it to which nothing flows (indices).
    public Gradient thenZero(int operands) {
        List<Part> result = new ArrayList<>(parts);
        result.addAll(zero(operands).parts());
        return new Gradient(result);
    }
}
