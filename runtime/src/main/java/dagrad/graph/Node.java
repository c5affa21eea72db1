package dagrad.graph;

import dagrad.tensor.TensorSpec;
import java.util.List;

/// One operation applied to values of earlier nodes.
public record Node(int id, Op op, List<Value> inputs, List<TensorSpec> outputs, Origin origin) {
    public Node {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /// Result `i` as a value.
    public Value out(int i) {
        return new Value(id, i);
    }
}
