package dagrad.schedule;

import dagrad.graph.Cast;
import dagrad.graph.Composite;
import dagrad.graph.Concat;
import dagrad.graph.Constant;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Iota;
import dagrad.graph.MatMul;
import dagrad.graph.Node;
import dagrad.graph.Op;
import dagrad.graph.Pointwise;
import dagrad.graph.Reduce;
import dagrad.graph.Reshape;
import dagrad.graph.Value;
import dagrad.plan.Capabilities;
import dagrad.plan.Launch;
import dagrad.plan.Layout;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Decides which values are stored, and makes units of work that read and write stored values.
///
/// An elementwise value is stored if something other than elementwise code reads it, if it is a result, or if it is
/// expensive and several units want it. All others are computed where they are wanted, again if need be: a few
/// multiplications cost less than writing a tensor and reading it back.
final class Fusion {
    private final Graph graph;
    private final Phases phases;
    private final Capabilities device;
    private final Set<Value> stored = new LinkedHashSet<>();

    private Fusion(Graph graph, Phases phases, Capabilities device) {
        this.graph = graph;
        this.phases = phases;
        this.device = device;
    }

    /// @param graph what was fused
    /// @param views knows the elementwise values and views that have tensors of their own
    /// @param units not in order yet
    record Result(Graph graph, Phases phases, Views views, List<Unit> units) {}

    static Result of(Graph graph, Phases phases, Capabilities device) {
        Fusion fusion = new Fusion(graph, phases, device);
        fusion.storeResults();
        fusion.storeOperands();
        Optional<Result> result = fusion.attempt();
        while (result.isEmpty()) {
            result = fusion.attempt();
        }
        return result.get();
    }

    // ---- what must be stored --------------------------------------------------------------------------------------

    private void storeResults() {
        List<Value> wanted = new ArrayList<>(graph.outputs().values());
        wanted.addAll(graph.updates().values());
        for (Value value : wanted) {
            Value base = Views.origin(graph, value);
            if (!hasTensor(graph.node(base))) {
                stored.add(base);
            }
        }
    }

    private void storeOperands() {
        for (Node node : graph.nodes()) {
            boolean readsElementwise =
                    Expression.isElementwise(node) || node.op() instanceof Reduce || node.op() instanceof Reshape;
            if (!readsElementwise) {
                for (Value operand : node.inputs()) {
                    Value base = Views.origin(graph, operand);
                    if (!hasTensor(graph.node(base)) && !(Layout.isView(node.op()) && isFill(base))) {
                        stored.add(base);
                    }
                }
            }
        }
    }

    private boolean isFill(Value value) {
        return graph.node(value).op() instanceof Constant c && c.isFill();
    }

    /// Whether a node's results are tensors anyway.
    private static boolean hasTensor(Node node) {
        return switch (node.op()) {
            case Pointwise _, Cast _, Iota _ -> false;
            case Constant c -> !c.isFill();
            case Op op -> !Layout.isView(op);
        };
    }

    // ---- units ----------------------------------------------------------------------------------------------------

    /// Makes the units; empty if it turns out that more has to be stored first.
    private Optional<Result> attempt() {
        Set<Value> shared = Sharing.of(graph, stored, device.repeatsFunctions());
        Views views = new Views(graph, shared, Turning.of(graph, shared, device));
        int known = stored.size();
        List<Unit> units = new ArrayList<>();
        for (Node node : graph.nodes()) {
            for (int i = 0; i < node.outputs().size(); i++) {
                Value value = node.out(i);
                if (views.stored().contains(value)
                        && !hasTensor(node)
                        && !views.turned().containsValue(value)) {
                    orStore(
                            views,
                            () -> units.add(new Unit.Elementwise(
                                    Expression.of(
                                            graph, views, graph.spec(value).shape(), List.of(value)),
                                    List.of(value))));
                }
            }
            switch (node.op()) {
                case Input _, Constant _ -> {}
                case Reduce _ ->
                    orStore(views, () -> units.add(new Unit.Reduction(Expression.reducing(graph, views, node), node)));
                case Concat(int axis) ->
                    orStore(views, () -> units.add(new Unit.Join(node, axis, readsOf(views, node))));
                case Op _ -> {
                    if (hasTensor(node)) {
                        orStore(
                                views,
                                () -> units.add(new Unit.Single(node, readsOf(views, node), results(views, node))));
                    }
                }
            }
        }
        graph.updates().values().forEach(value -> orStore(views, () -> views.resolve(value)));
        graph.outputs().values().forEach(value -> orStore(views, () -> requireDense(views, value)));
        return stored.size() > known
                ? Optional.empty()
                : Optional.of(new Result(
                        graph,
                        phases,
                        views,
                        Merging.merge(
                                graph, views, results(views), Sharing.LONGEST, device.longestRow(), units, phases)));
    }

    /// The stored values that outputs and updates are or lie in.
    private Set<Value> results(Views views) {
        return Stream.concat(graph.outputs().values().stream(), graph.updates().values().stream())
                .map(value -> views.resolve(value).base())
                .collect(Collectors.toSet());
    }

    private void orStore(Views views, Runnable work) {
        try {
            work.run();
        } catch (Views.MustStore more) {
            stored.add(more.value());
            if (views.stored().contains(more.value())) {
                throw new IllegalStateException(
                        graph.line(graph.node(more.value())) + " is stored and wanted so again", more);
            }
        }
    }

    /// A result is read as a dense tensor.
    private static void requireDense(Views views, Value output) {
        if (!views.resolve(output).layout().isDense()) {
            throw new Views.MustStore(output);
        }
    }

    /// The operands of an operation with a kernel of its own, each as the kernel can read it.
    private List<Views.Read> readsOf(Views views, Node node) {
        List<Views.Read> reads = new ArrayList<>();
        for (int i = 0; i < node.inputs().size(); i++) {
            Value operand = node.inputs().get(i);
            Views.Read read = views.resolve(operand);
            if (!hasTensor(graph.node(read.base())) && !views.stored().contains(read.base())) {
                throw new Views.MustStore(read.base());
            }
            if (!accepts(node.op(), i, read.layout())) {
                throw new Views.MustStore(operand);
            }
            reads.add(read);
        }
        return reads;
    }

    private static List<Views.Read> results(Views views, Node node) {
        return IntStream.range(0, node.outputs().size())
                .mapToObj(i -> views.resolve(node.out(i)))
                .toList();
    }

    private boolean accepts(Op op, int operand, Layout layout) {
        boolean rowsApart = !layout.masked()
                && layout.shape().rank() > 0
                && (layout.stride(-1) == 1 || layout.shape().dim(-1) == 1);
        return switch (op) {
            case MatMul _ -> Launch.Gemm.Matrix.of(layout).isPresent();
            case Concat _ -> true;
            case Composite _ -> layout.isDense() || rowsApart && device.strided(op, operand);
            case Op _ -> layout.isDense() || rowsApart && device.strided(op, operand);
        };
    }
}
