package dagrad.schedule;

import dagrad.graph.Cast;
import dagrad.graph.Constant;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Iota;
import dagrad.graph.Node;
import dagrad.graph.Pointwise;
import dagrad.graph.Reduce;
import dagrad.graph.Reshape;
import dagrad.graph.Value;
import dagrad.plan.Layout;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Elementwise code over one domain: from stored tensors to some results. Nodes between them that are not stored
/// become part of the body, computed again in every launch that wants them.
///
/// @param body with inputs `in0`, … for the reads and outputs `out0`, … for the results
/// @param reads each with a layout of the domain's shape
/// @param inlined the graph's elementwise nodes that the body computes
record Expression(Shape domain, Graph body, List<Views.Read> reads, Set<Value> inlined) {
    static boolean isElementwise(Node node) {
        return node.op() instanceof Pointwise || node.op() instanceof Cast;
    }

    /// The code for some results, each of which has the domain's number of elements.
    ///
    /// @throws Views.MustStore if a value on the way has to be stored first
    static Expression of(Graph graph, Views views, Shape domain, List<Value> results) {
        Tracer tracer = new Tracer(graph, views, domain, Set.copyOf(results));
        Graph body = Graph.build(graph.node(results.getLast()).origin(), g -> {
            for (int i = 0; i < results.size(); i++) {
                g.output("out" + i, tracer.root(g, results.get(i)));
            }
        });
        return new Expression(domain, body, tracer.reads, tracer.inlined);
    }

    /// The code for a reduction's operand and the reduction itself.
    static Expression reducing(Graph graph, Views views, Node node) {
        Value operand = node.inputs().getFirst();
        Tracer tracer = new Tracer(graph, views, graph.spec(operand).shape(), Set.of());
        Graph body = Graph.build(node.origin(), g -> {
            Value traced = tracer.trace(g, operand);
            g.output(
                    "out0",
                    g.emit((Reduce) node.op(), List.of(traced), node::origin).getFirst());
        });
        return new Expression(tracer.domain, body, tracer.reads, tracer.inlined);
    }

    /// Shape of a result in the body.
    Shape shapeOf(int result) {
        return body.spec(body.output("out" + result)).shape();
    }

    int size() {
        return body.nodes().size();
    }

    /// Walks from results back to what is stored.
    private static final class Tracer {
        private final Graph graph;
        private final Views views;
        private final Shape domain;
        private final Set<Value> roots;
        private final List<Views.Read> reads = new ArrayList<>();
        private final Map<Views.Read, Value> inputs = new HashMap<>();
        private final Map<Value, Value> traced = new HashMap<>();
        private final Set<Value> inlined = new HashSet<>();

        Tracer(Graph graph, Views views, Shape domain, Set<Value> roots) {
            this.graph = graph;
            this.views = views;
            this.domain = domain;
            this.roots = roots;
        }

        Value root(GraphBuilder g, Value value) {
            Value known = traced.get(value);
            if (known == null) {
                known = compute(g, value);
                traced.put(value, known);
            }
            return known;
        }

        Value trace(GraphBuilder g, Value value) {
            Value known = traced.get(value);
            if (known == null) {
                boolean stored = views.stored().contains(value) && !roots.contains(value);
                known = stored ? read(g, views.resolve(value), value) : compute(g, value);
                traced.put(value, known);
            }
            return known;
        }

        private Value compute(GraphBuilder g, Value value) {
            Node node = graph.node(value);
            TensorSpec spec = graph.spec(value).withShape(domain);
            return switch (node.op()) {
                case Constant c when c.isFill() -> g.apply(new Constant(spec, c.values()));
                case Iota(Shape shape, int axis) when shape.equals(domain) -> g.iota(domain, axis);
                case Iota _ -> throw new Views.MustStore(value);
                case Pointwise _, Cast _ -> {
                    inlined.add(value);
                    List<Value> operands =
                            node.inputs().stream().map(in -> trace(g, in)).toList();
                    yield g.emit(node.op(), operands, node::origin).getFirst();
                }
                case Reshape _
                when inlines(node.inputs().getFirst()) -> trace(g, node.inputs().getFirst());
                default -> read(g, views.viewOf(value), value);
            };
        }

        /// Whether a value is computed here rather than read.
        private boolean inlines(Value value) {
            Node node = graph.node(value);
            return (!views.stored().contains(value) || roots.contains(value))
                    && (isElementwise(node)
                            || node.op() instanceof Reshape
                                    && inlines(node.inputs().getFirst()));
        }

        private Value read(GraphBuilder g, Views.Read read, Value value) {
            Node base = graph.node(read.base());
            if (isElementwise(base) && !views.stored().contains(read.base())) {
                throw new Views.MustStore(read.base());
            }
            if (base.op() instanceof Constant c && c.isFill() && !views.stored().contains(read.base())) {
                if (!read.layout().masked()) {
                    return g.apply(new Constant(graph.spec(value).withShape(domain), c.values()));
                }
                throw new Views.MustStore(read.base());
            }
            if (base.op() instanceof Iota && !views.stored().contains(read.base())) {
                throw new Views.MustStore(read.base());
            }
            Optional<Layout> layout = read.layout().reshape(domain);
            Views.Read here = new Views.Read(read.base(), layout.orElseThrow(() -> new Views.MustStore(value)));
            return inputs.computeIfAbsent(here, r -> {
                reads.add(r);
                return g.input(
                        "in" + (reads.size() - 1), graph.spec(read.base()).withShape(domain));
            });
        }
    }
}
