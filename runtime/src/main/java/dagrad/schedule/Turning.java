package dagrad.schedule;

import dagrad.graph.Graph;
import dagrad.graph.Node;
import dagrad.graph.Permute;
import dagrad.graph.Value;
import dagrad.plan.Capabilities;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Finds results of kernels whose axes are stored in another order afterwards, as those of attention are, so that the
/// kernel may write them in that order at once and none need copy them.
final class Turning {
    private final Graph graph;
    private final Set<Value> stored;
    private final Capabilities device;
    private final Map<Value, List<Node>> consumers = new HashMap<>();

    private Turning(Graph graph, Set<Value> stored, Capabilities device) {
        this.graph = graph;
        this.stored = stored;
        this.device = device;
        for (Node node : graph.nodes()) {
            node.inputs().stream()
                    .distinct()
                    .forEach(in -> consumers
                            .computeIfAbsent(in, _ -> new ArrayList<>())
                            .add(node));
        }
    }

    /// The results to be turned, each with its permutation, which has a tensor of its own.
    ///
    /// @param stored values that have tensors, although they could be views
    static Map<Value, Value> of(Graph graph, Set<Value> stored, Capabilities device) {
        Turning turning = new Turning(graph, stored, device);
        Map<Value, Value> turned = new HashMap<>();
        for (Node node : graph.nodes()) {
            for (int i = 0; i < node.outputs().size(); i++) {
                Value result = node.out(i);
                if (device.writesStrided(node.op(), i)) {
                    turning.permutation(result).ifPresent(p -> turned.put(result, p));
                }
            }
        }
        return turned;
    }

    /// The one stored permutation of a result, if whoever else reads the result takes rows apart.
    private Optional<Value> permutation(Value result) {
        if (graph.outputs().containsValue(result) || graph.updates().containsValue(result)) {
            return Optional.empty();
        }
        List<Value> permutations = new ArrayList<>();
        for (Node consumer : consumers.getOrDefault(result, List.of())) {
            boolean keepsRows =
                    consumer.op() instanceof Permute(List<Integer> order) && order.getLast() == order.size() - 1;
            if (keepsRows && stored.contains(consumer.out(0))) {
                permutations.add(consumer.out(0));
            } else if (!takesRowsApart(consumer, result)) {
                return Optional.empty();
            }
        }
        return permutations.size() == 1 ? Optional.of(permutations.getFirst()) : Optional.empty();
    }

    private boolean takesRowsApart(Node consumer, Value operand) {
        for (int i = 0; i < consumer.inputs().size(); i++) {
            if (consumer.inputs().get(i).equals(operand) && !device.strided(consumer.op(), i)) {
                return false;
            }
        }
        return true;
    }
}
