package dagrad.schedule;

import dagrad.graph.Composite;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Node;
import dagrad.graph.Value;
import dagrad.plan.Capabilities;
import dagrad.tensor.TensorSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Puts its expansion in the place of every composite that the device does not claim, down to what it does claim.
final class Expand {
    private Expand() {}

    static Graph apply(Graph graph, Capabilities device) {
        return Rewrite.apply(graph, (g, node, operands) -> emit(g, node, operands, device));
    }

    private static List<Value> emit(GraphBuilder g, Node node, List<Value> operands, Capabilities device) {
        List<TensorSpec> specs = operands.stream().map(g::spec).toList();
        if (!(node.op() instanceof Composite composite) || device.claims(composite, specs)) {
            return Rewrite.copy(g, node, operands);
        }
        Graph expansion = GraphBuilder.expansion(composite, specs);
        Map<Value, Value> mapped = new HashMap<>();
        for (int i = 0; i < operands.size(); i++) {
            mapped.put(expansion.inputs().get("in" + i), operands.get(i));
        }
        for (Node inner : expansion.nodes()) {
            if (!mapped.containsKey(inner.out(0))) {
                Node placed = new Node(inner.id(), inner.op(), inner.inputs(), inner.outputs(), node.origin());
                List<Value> results =
                        emit(g, placed, inner.inputs().stream().map(mapped::get).toList(), device);
                for (int i = 0; i < results.size(); i++) {
                    mapped.put(inner.out(i), results.get(i));
                }
            }
        }
        return expansion.outputs().values().stream().map(mapped::get).toList();
    }
}
