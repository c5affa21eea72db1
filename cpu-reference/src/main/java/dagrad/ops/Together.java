package dagrad.ops;

import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Input;
import dagrad.graph.Value;
import dagrad.tensor.HostTensor;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Several graphs as one, so that a device makes one plan of them and its compiler starts once. They have nothing in
/// common but the seed of random numbers.
public record Together(List<Part> parts) {
    /// @param name tells its inputs and outputs from the others'
    /// @param inputs by label; more than the graph has do no harm
    public record Part(String name, Graph graph, Map<String, HostTensor> inputs) {
        private boolean isOwn(String label) {
            return !label.startsWith("random/");
        }

        private String here(String label) {
            return isOwn(label) ? name + ": " + label : label;
        }

        private void emit(GraphBuilder g) {
            Map<Value, Value> replace = new HashMap<>();
            graph.nodes().forEach(node -> {
                if (node.op() instanceof Input(String label, Input.Kind kind, var spec)) {
                    replace.put(node.out(0), g.declare(new Input(here(label), kind, spec)));
                }
            });
            Function<Value, Value> here = g.inline(graph, replace);
            graph.outputs().forEach((output, value) -> g.output(name + ": " + output, here.apply(value)));
        }

        /// What the outputs of all together hold for this part, by the names that the part has for them.
        public Map<String, HostTensor> outputsOf(Map<String, HostTensor> all) {
            return graph.outputs().keySet().stream()
                    .collect(Collectors.toMap(output -> output, output -> all.get(name + ": " + output)));
        }
    }

    public Together {
        parts = List.copyOf(parts);
    }

    /// All parts side by side; updates are left out.
    public Graph graph() {
        return Graph.build(g -> parts.forEach(part -> part.emit(g)));
    }

    /// Values for the inputs of [#graph].
    public Map<String, HostTensor> inputs() {
        Map<String, HostTensor> result = new LinkedHashMap<>();
        parts.forEach(part -> part.graph()
                .inputs()
                .keySet()
                .forEach(label -> result.put(part.here(label), part.inputs().get(label))));
        return result;
    }
}
