package dagrad.schedule;

import dagrad.graph.Cast;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Input;
import dagrad.graph.Node;
import dagrad.graph.Op;
import dagrad.graph.Reshape;
import dagrad.graph.Slice;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Makes casts of parts of an input parts of one cast of it, if they are half of it or more: parameters lie side by
/// side in one flat input, and in bf16 products want each of them cast.
final class CastInputs {
    private record Wanted(Value input, DType type) {}

    private final Graph graph;
    private final Map<Wanted, Long> elements = new HashMap<>();

    private CastInputs(Graph graph) {
        this.graph = graph;
    }

    static Graph apply(Graph graph) {
        CastInputs pass = new CastInputs(graph);
        graph.nodes()
                .forEach(node -> pass.wanted(node)
                        .ifPresent(w -> pass.elements.merge(
                                w, node.outputs().getFirst().shape().size(), Long::sum)));
        return Rewrite.apply(graph, (g, node, operands) -> {
            boolean whole = pass.wanted(node)
                    .filter(w -> 2 * pass.elements.get(w)
                            >= graph.spec(w.input()).shape().size())
                    .isPresent();
            return whole ? List.of(castFirst(g, node.op(), operands.getFirst())) : Rewrite.copy(g, node, operands);
        });
    }

    /// Which input a cast is of a part of, and the type it wants.
    private Optional<Wanted> wanted(Node node) {
        return node.op() instanceof Cast(DType to)
                ? input(node.inputs().getFirst()).map(input -> new Wanted(input, to))
                : Optional.empty();
    }

    private Optional<Value> input(Value part) {
        Node node = graph.node(part);
        return switch (node.op()) {
            case Input _ -> Optional.of(part);
            case Reshape _, Slice _ -> input(node.inputs().getFirst());
            case Op _ -> Optional.empty();
        };
    }

    /// The part of the cast input in place of the cast of its part.
    private static Value castFirst(GraphBuilder g, Op cast, Value part) {
        Node node = g.node(part);
        return node.op() instanceof Input
                ? g.apply(cast, part)
                : g.apply(node.op(), castFirst(g, cast, node.inputs().getFirst()));
    }
}
