package dagrad.reference;

import dagrad.graph.Graph;
import dagrad.graph.Node;
import dagrad.graph.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Which values are not needed any more once a node has been evaluated.
record Lifetimes(Map<Integer, List<Value>> endings) {
    /// Every value lives to its last use, outputs and updates to the end.
    static Lifetimes of(Graph graph) {
        Map<Value, Integer> last = new HashMap<>();
        for (Node node : graph.nodes()) {
            for (int i = 0; i < node.outputs().size(); i++) {
                last.put(node.out(i), node.id());
            }
            node.inputs().forEach(value -> last.put(value, node.id()));
        }
        graph.outputs().values().forEach(last::remove);
        graph.updates().values().forEach(last::remove);
        Map<Integer, List<Value>> endings = new HashMap<>();
        last.forEach((value, node) ->
                endings.computeIfAbsent(node, _ -> new ArrayList<>()).add(value));
        return new Lifetimes(endings);
    }

    /// Every value lives to the end.
    static Lifetimes forever() {
        return new Lifetimes(Map.of());
    }

    List<Value> endingAt(Node node) {
        return endings.getOrDefault(node.id(), List.of());
    }
}
