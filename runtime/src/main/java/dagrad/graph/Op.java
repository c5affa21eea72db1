package dagrad.graph;

import dagrad.tensor.TensorSpec;
import java.util.List;

/// What an operation means. How it is computed is a backend's business.
///
/// An operation is a record: its components are its attributes, its operands are a node's inputs.
public sealed interface Op permits Primitive, Composite {
    /// The number of operands of an operation that takes one or more.
    int ANY = -1;

    /// The name texts, graph JSON and messages use: the record's name in snake case.
    default String name() {
        return OpNames.OF.get(getClass());
    }

    /// How many operands it takes, or [#ANY].
    default int operands() {
        return 1;
    }

    /// The specs of the results, in order, for as many operands as it takes.
    ///
    /// @throws ShapeException if these operands do not fit; the message names the operation and says what differs
    List<TensorSpec> infer(List<TensorSpec> in);

    /// [#infer] for operands from anywhere: checks their number first, and reports extents beyond all bounds too.
    ///
    /// @throws ShapeException if the operands do not fit
    default List<TensorSpec> results(List<TensorSpec> in) {
        if (operands() == ANY ? in.isEmpty() : in.size() != operands()) {
            String takes = operands() == ANY
                    ? "one operand or more"
                    : operands() == 1 ? "1 operand" : operands() + " operands";
            throw new ShapeException(name() + ": takes " + takes + ", not " + in.size());
        }
        try {
            return infer(in);
        } catch (IllegalArgumentException e) {
            throw new ShapeException(name() + ": " + e.getMessage());
        }
    }

    /// Emits the graph of the operands' gradients from the gradients of the results.
    Gradient gradient(Rule r);
}
