package dagrad.schedule;

import dagrad.graph.Broadcast;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;

/// Traces code over rows, as [dagrad.plan.Launch.Rows] describes it, from results back to stored tensors.
final class RowCode {
    private final Graph graph;
    private final Views views;
    private final Shape domain;
    private final Shape row;
    private final int split;
    private final Set<Value> here;
    private final GraphBuilder g;
    private final List<Views.Read> reads = new ArrayList<>();
    private final Map<Views.Read, Value> inputs = new HashMap<>();
    private final Map<Value, Value> traced = new HashMap<>();
    private final Set<Value> inlined = new HashSet<>();

    private RowCode(Graph graph, Views views, Shape domain, int split, Set<Value> here, GraphBuilder g) {
        this.graph = graph;
        this.views = views;
        this.domain = domain;
        this.row = ones(domain, split, domain.rank());
        this.split = split;
        this.here = here;
        this.g = g;
    }

    /// The code for some results.
    ///
    /// @param split the axis of the domain at which rows begin
    /// @param here everything that the launch computes and other launches could store: not read, even if it is stored
    /// @throws Views.MustStore if this cannot be computed in one launch
    static Expression of(Graph graph, Views views, Shape domain, int split, Set<Value> here, List<Value> results) {
        List<Views.Read> reads = new ArrayList<>();
        Set<Value> inlined = new HashSet<>();
        Graph body = Graph.build(graph.node(results.getLast()).origin(), g -> {
            RowCode code = new RowCode(graph, views, domain, split, here, g);
            for (int i = 0; i < results.size(); i++) {
                g.output("out" + i, code.result(results.get(i)));
            }
            reads.addAll(code.reads);
            inlined.addAll(code.inlined);
        });
        return new Expression(domain, body, reads, inlined);
    }

    private static Shape ones(Shape shape, int from, int to) {
        return new Shape(IntStream.range(0, shape.rank())
                .mapToObj(i ->
                        from <= i && i < to ? Integer.valueOf(1) : shape.dims().get(i))
                .toList());
    }

    private Value result(Value value) {
        Node node = graph.node(value);
        return node.op() instanceof Reduce && RowSplit.ofColumns(graph, node).isPresent()
                ? reduce(node, IntStream.range(0, split))
                : trace(value, isWhole(value) ? domain : row);
    }

    private boolean isWhole(Value value) {
        return graph.spec(value).shape().size() == domain.size();
    }

    private Value reduce(Node node, IntStream axes) {
        Reduce.Kind kind = ((Reduce) node.op()).kind();
        Value operand = trace(node.inputs().getFirst(), domain);
        return g.emit(new Reduce(kind, axes.boxed().toList()), List.of(operand), node::origin)
                .getFirst();
    }

    /// @param shape the domain's, or that of rows
    private Value trace(Value value, Shape shape) {
        Value known = traced.get(value);
        if (known == null) {
            known = isComputedHere(value) ? compute(value, shape) : read(views.resolve(value), value, shape);
            traced.put(value, known);
        }
        return known;
    }

    private boolean isComputedHere(Value value) {
        return here.contains(value) || !views.stored().contains(value);
    }

    private Value compute(Value value, Shape shape) {
        Node node = graph.node(value);
        return switch (node.op()) {
            case Constant c
            when c.isFill() -> g.apply(new Constant(graph.spec(value).withShape(shape), c.values()));
            case Iota(Shape counted, int axis) when counted.equals(shape) -> g.iota(shape, axis);
            case Iota _ -> throw new Views.MustStore(value);
            case Pointwise _, Cast _ -> {
                inlined.add(value);
                List<Value> operands =
                        node.inputs().stream().map(in -> trace(in, shape)).toList();
                yield g.emit(node.op(), operands, node::origin).getFirst();
            }
            case Reduce _
            when here.contains(value) && shape.equals(row) && reducesRows(node) ->
                reduce(node, IntStream.range(split, domain.rank()));
            case Reshape _
            when inlines(node.inputs().getFirst()) -> trace(node.inputs().getFirst(), shape);
            case Broadcast _
            when isFromRows(node) && shape.equals(domain) ->
                g.broadcast(trace(node.inputs().getFirst(), row), domain);
            default -> read(views.viewOf(value), value, shape);
        };
    }

    /// Not its columns: where there are as many as rows, shapes do not tell them apart.
    private boolean reducesRows(Node reduction) {
        return RowSplit.ofRows(graph, reduction).equals(OptionalLong.of(row.size()));
    }

    /// Whether a broadcast repeats one number for each row along it.
    private boolean isFromRows(Node node) {
        Shape from = graph.spec(node.inputs().getFirst()).shape();
        Shape to = node.outputs().getFirst().shape();
        return from.size() == ones(domain, split, domain.rank()).size()
                && IntStream.range(0, to.rank())
                        .filter(i -> to.dim(i) > 1)
                        .dropWhile(i -> from.dim(i) == to.dim(i))
                        .allMatch(i -> from.dim(i) == 1);
    }

    private boolean inlines(Value value) {
        Node node = graph.node(value);
        return isComputedHere(value)
                && switch (node.op()) {
                    case Pointwise _, Cast _ -> true;
                    case Reduce _ -> here.contains(value);
                    case Reshape _ -> inlines(node.inputs().getFirst());
                    case Broadcast _ -> isFromRows(node);
                    default -> false;
                };
    }

    private Value read(Views.Read read, Value value, Shape shape) {
        Node base = graph.node(read.base());
        boolean hasNoTensor = Expression.isElementwise(base)
                || base.op() instanceof Iota
                || base.op() instanceof Constant c && c.isFill();
        if (here.contains(read.base()) || hasNoTensor && !views.stored().contains(read.base())) {
            throw new Views.MustStore(read.base());
        }
        Layout layout = read.layout().reshape(shape).orElseThrow(() -> new Views.MustStore(value));
        return inputs.computeIfAbsent(new Views.Read(read.base(), layout), r -> {
            reads.add(r);
            return g.input("in" + (reads.size() - 1), graph.spec(read.base()).withShape(shape));
        });
    }
}
