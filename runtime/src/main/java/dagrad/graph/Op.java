package dagrad.graph;

import dagrad.tensor.TensorSpec;
import java.util.List;
import java.util.Locale;

/// What an operation means. How it is computed is a backend's business.
///
/// An operation is a record: its components are its attributes, its operands are a node's inputs.
public sealed interface Op permits Primitive, Composite {
    /// The name texts, graph JSON and messages use: the record's name in snake case.
    default String name() {
        return getClass()
                .getSimpleName()
                .replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_")
                .toLowerCase(Locale.ROOT);
    }

    /// The specs of the results, in order.
    ///
    /// @throws ShapeException if these operands do not fit; the message names the operation and says what differs
    List<TensorSpec> infer(List<TensorSpec> in);

    /// Emits the graph of the operands' gradients from the gradients of the results.
    Gradient gradient(Rule r);
}
