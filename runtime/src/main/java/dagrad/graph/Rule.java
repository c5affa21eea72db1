package dagrad.graph;

import java.util.List;

/// What a gradient rule is given: the operands and results of one node, and the gradient of the loss with respect to
/// each
/// result. All are values of one graph, to which the rule adds.
public interface Rule {
    GraphBuilder g();

    /// Number of operands.
    int operands();

    /// Operand `i`.
    Value in(int i);

    /// Result `i`; using it in a rule is what saves it from the forward pass.
    Value out(int i);

    /// The loss's gradient with respect to result `i`, zeros if the loss does not depend on it.
    Value grad(int i);

    /// Whether the loss depends on result `i`.
    boolean hasGrad(int i);

    /// One gradient for each operand, in order.
    default Gradient of(Value... gradients) {
        return Gradient.of(List.of(gradients));
    }

    /// The gradient by differentiating the composite's expansion, emitted anew (so the forward pass is computed
    /// again).
    Gradient throughExpansion(Composite op);
}
