package dagrad.train;

import dagrad.backend.Backend;
import dagrad.backend.Executable;
import dagrad.graph.Constant;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Node;
import dagrad.graph.Value;
import dagrad.schedule.Scheduler;
import dagrad.tensor.HostTensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Where a number that is not finite comes from: a node that makes one of operands that are.
///
/// @param line the node with its source line
/// @param result what it made
/// @param operands what of
record Culprit(String line, Range result, Map<String, Range> operands) {
    /// So many bytes of values are looked at in one replay.
    private static final long AT_ONCE = 64L << 20;

    /// Replays a graph on the device, with the value of every node kept, and walks back from an output that is not
    /// finite.
    ///
    /// @param inputs for all of the graph's inputs
    /// @return empty if the output is finite this time
    static Optional<Culprit> of(Backend backend, Graph graph, Map<String, HostTensor> inputs, Value output) {
        Map<Value, Range> ranges = new HashMap<>();
        for (List<Value> some : portions(graph)) {
            look(backend, graph, inputs, some, ranges);
        }
        if (isGood(ranges, output)) {
            return Optional.empty();
        }
        Value at = output;
        for (Optional<Value> before = Optional.of(output); before.isPresent(); before = bad(graph, ranges, at)) {
            at = before.get();
        }
        Map<String, Range> operands = new LinkedHashMap<>();
        graph.node(at).inputs().stream()
                .filter(ranges::containsKey)
                .forEach(operand -> operands.put(operand.toString(), ranges.get(operand)));
        return Optional.of(new Culprit(graph.line(graph.node(at)), ranges.get(at), operands));
    }

    private static boolean isGood(Map<Value, Range> ranges, Value value) {
        return !ranges.containsKey(value) || ranges.get(value).isFinite();
    }

    /// The earliest operand that is not finite. An infinite constant is meant to be.
    private static Optional<Value> bad(Graph graph, Map<Value, Range> ranges, Value value) {
        return graph.node(value).inputs().stream()
                .filter(operand ->
                        !isGood(ranges, operand) && !(graph.node(operand).op() instanceof Constant))
                .min(Comparator.comparingInt(Value::node));
    }

    /// All floating values, in order, in portions that a device has room for.
    private static List<List<Value>> portions(Graph graph) {
        List<List<Value>> portions = new ArrayList<>();
        long bytes = AT_ONCE;
        for (Node node : graph.nodes()) {
            for (int i = 0; i < node.outputs().size(); i++) {
                if (node.outputs().get(i).dtype().isFloating()) {
                    if (bytes >= AT_ONCE) {
                        portions.add(new ArrayList<>());
                        bytes = 0;
                    }
                    portions.getLast().add(node.out(i));
                    bytes += node.outputs().get(i).bytes();
                }
            }
        }
        return portions;
    }

    private static void look(
            Backend backend,
            Graph graph,
            Map<String, HostTensor> inputs,
            List<Value> values,
            Map<Value, Range> ranges) {
        Map<String, Value> outputs = new LinkedHashMap<>();
        for (Value value : values) {
            if (graph.node(value).op() instanceof Input input) {
                ranges.put(value, Range.of(inputs.get(input.label())));
            } else {
                outputs.put(value.toString(), value);
            }
        }
        if (outputs.isEmpty()) {
            return;
        }
        Graph watched = new Graph(graph.nodes(), outputs, Map.of());
        try (Executable executable = backend.load(Scheduler.plan(watched, backend.capabilities()))) {
            inputs.forEach((label, tensor) -> {
                if (executable.plan().inputs().containsKey(label)) {
                    executable.write(label, tensor);
                }
            });
            executable.run();
            outputs.forEach((name, value) -> ranges.put(value, Range.of(executable.read(name))));
        }
    }

    /// `%57 = log(%56) : f32[8,10]  # head (Net.java:41) makes f32[8,10] … of %56 f32[8,10] from 0 to 1`
    @Override
    public String toString() {
        String made = operands.entrySet().stream()
                .map(operand -> operand.getKey() + " = " + operand.getValue())
                .collect(Collectors.joining(", "));
        return "\"" + line + "\" makes " + result + (made.isEmpty() ? "" : " of " + made);
    }
}
