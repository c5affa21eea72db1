package dagrad.schedule;

import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Input;
import dagrad.graph.Node;
import dagrad.graph.Value;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The frame of a graph-to-graph pass: the nodes that results depend on are emitted again in order, each as a rule
/// says. Dead nodes are left out; equal ones become one, as always in a builder.
final class Rewrite {
    private Rewrite() {}

    /// How a pass emits one node.
    @FunctionalInterface
    interface Rule {
        /// @param g the new graph
        /// @param node of the old graph
        /// @param operands the node's operands in the new graph
        /// @return the values that stand for the node's results
        List<Value> emit(GraphBuilder g, Node node, List<Value> operands);
    }

    /// The node unchanged.
    static List<Value> copy(GraphBuilder g, Node node, List<Value> operands) {
        return g.emit(node.op(), operands, node::origin);
    }

    /// The rewritten graph, verified. Inputs are kept even if nothing reads them: they are what callers write to.
    static Graph apply(Graph graph, Rule rule) {
        BitSet live = live(graph);
        return Graph.build(g -> {
                    Map<Value, Value> mapped = new HashMap<>();
                    for (Node node : graph.nodes()) {
                        if (node.op() instanceof Input || live.get(node.id())) {
                            List<Value> operands =
                                    node.inputs().stream().map(mapped::get).toList();
                            List<Value> results = g.at(node.origin(), () -> rule.emit(g, node, operands));
                            for (int i = 0; i < results.size(); i++) {
                                mapped.put(node.out(i), results.get(i));
                            }
                        }
                    }
                    graph.outputs().forEach((name, value) -> g.output(name, mapped.get(value)));
                    graph.updates().forEach((state, value) -> g.update(mapped.get(state), mapped.get(value)));
                })
                .verify();
    }

    private static BitSet live(Graph graph) {
        BitSet live = new BitSet();
        graph.outputs().values().forEach(v -> live.set(v.node()));
        graph.updates().forEach((state, value) -> {
            live.set(state.node());
            live.set(value.node());
        });
        for (int id = graph.nodes().size() - 1; id >= 0; id--) {
            if (live.get(id)) {
                graph.nodes().get(id).inputs().forEach(in -> live.set(in.node()));
            }
        }
        return live;
    }
}
