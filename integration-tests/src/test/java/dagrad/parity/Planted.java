package dagrad.parity;

import dagrad.backend.Backend;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Input;
import dagrad.graph.Node;
import dagrad.graph.Value;
import dagrad.tensor.HostTensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A device with one wrong kernel: it computes something else in the place of one node, and all that follows from it.
///
/// @param node the number of that node
record Planted(Backend device, int node, Kernel wrong) {
    /// What is computed in the node's place.
    @FunctionalInterface
    interface Kernel {
        /// @param node what it should be
        /// @return values of the same specs
        List<Value> emit(GraphBuilder g, Node node, List<Value> operands);
    }

    Map<String, HostTensor> evaluate(Graph graph, Map<String, HostTensor> inputs) {
        Graph other = Graph.build(g -> {
            Map<Value, Value> here = new HashMap<>();
            for (Node each : graph.nodes()) {
                List<Value> operands = each.inputs().stream().map(here::get).toList();
                List<Value> results;
                if (each.op() instanceof Input input) {
                    results = List.of(g.declare(input));
                } else if (each.id() == node) {
                    results = wrong.emit(g, each, operands);
                } else {
                    results = g.emit(each.op(), operands, each::origin);
                }
                for (int i = 0; i < results.size(); i++) {
                    here.put(each.out(i), results.get(i));
                }
            }
            graph.outputs().forEach((name, value) -> g.output(name, here.get(value)));
        });
        return Devices.run(device, other, inputs);
    }
}
