package dagrad.schedule;

import dagrad.graph.Constant;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Input;
import dagrad.graph.MatMul;
import dagrad.graph.Node;
import dagrad.graph.Origin;
import dagrad.graph.Pointwise;
import dagrad.graph.Reduce;
import dagrad.graph.ScalarFn;
import dagrad.graph.Value;
import dagrad.plan.Buffer;
import dagrad.plan.Capabilities;
import dagrad.plan.Launch;
import dagrad.plan.Layout;
import dagrad.plan.Operand;
import dagrad.plan.Plan;
import dagrad.plan.Slot;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Lowers a graph to a plan; the package's description tells the passes.
public final class Scheduler {
    private final Graph graph;
    private final Fusion.Result fused;
    private final Placement placement;
    private final List<Buffer> buffers;
    private final List<Launch> launches = new ArrayList<>();

    private Scheduler(Graph graph, Phases phases, Capabilities device) {
        this.graph = graph;
        this.fused = Fusion.of(graph, phases, device);
        this.placement = new Placement(fused, device);
        this.buffers = Arena.place(placement.buffers(), launchNumbers(), device.blocks());
    }

    /// @param graph with all that a run is to do, optimizer included
    /// @param device which composites it computes by kernels of its own
    public static Plan plan(Graph graph, Capabilities device) {
        return emit(lower(graph, device), Phases.ONE, device);
    }

    /// The same in little memory: values that would wait long for their last readers are computed a second time, where
    /// that is what it takes (see [Recompute]). The results are the same to the bit.
    ///
    /// @param budget of the arena, in bytes
    /// @return a plan whose arena is within the budget, or else the smallest that was found
    public static Plan plan(Graph graph, Capabilities device, long budget) {
        return Economy.within(budget, plan(graph, device), (lowered, phases) -> emit(lowered, phases, device));
    }

    /// @param lowered has been through the passes
    static Plan emit(Graph lowered, Phases phases, Capabilities device) {
        Plan plan = new Scheduler(lowered, phases, device).emit();
        return device.sideBySide() ? SideBySide.apply(plan) : plan;
    }

    /// The graph after the graph-to-graph passes.
    static Graph lower(Graph graph, Capabilities device) {
        Graph before;
        Graph after = CastInputs.apply(Expand.apply(graph, device));
        do {
            before = after;
            after = Simplify.apply(before);
        } while (!after.nodes().equals(before.nodes()));
        return ownResults(after);
    }

    /// Gives results a node of their own where they would be an input's memory that changes under them: a state that
    /// takes another input's value (so that a swap of two states is right), and an output that is the old value of
    /// what is updated. A state that keeps its value is not updated.
    static Graph ownResults(Graph graph) {
        return Graph.build(new Origin("", ""), g -> {
            var mapped = g.inline(graph, Map.of());
            UnaryOperator<Value> own = value -> g.apply(new Pointwise(ScalarFn.STOP_GRADIENT), mapped.apply(value));
            graph.outputs().forEach((name, value) -> {
                boolean overwritten = graph.updates().containsKey(Views.origin(graph, value));
                g.output(name, overwritten ? own.apply(value) : mapped.apply(value));
            });
            graph.updates().forEach((state, value) -> {
                boolean given = graph.node(Views.origin(graph, value)).op() instanceof Input;
                if (!state.equals(value)) {
                    g.update(mapped.apply(state), given ? own.apply(value) : mapped.apply(value));
                }
            });
        });
    }

    // ---- launches -------------------------------------------------------------------------------------------------

    /// For each unit, and for the end, the number of its first launch.
    private int[] launchNumbers() {
        int[] first = new int[placement.order().size() + 1];
        for (int i = 0; i < placement.order().size(); i++) {
            int count = switch (placement.order().get(i)) {
                case Unit.Join join ->
                    join.reads().size() - placement.inPlace(join).size();
                case Unit.Elementwise _, Unit.Reduction _, Unit.Rows _, Unit.Single _, Unit.Merged _ -> 1;
            };
            first[i + 1] = first[i] + count;
        }
        return first;
    }

    private Plan emit() {
        placement.order().forEach(this::emit);
        for (Placement.Copy copy : placement.copies()) {
            launches.add(copy(
                    "update of " + copy.state(),
                    operand(copy.source()),
                    Operand.dense(slot(copy.state()).holding(graph.updates().get(copy.state())))));
        }
        Map<String, Slot> inputs = new LinkedHashMap<>();
        graph.inputs().forEach((label, value) -> inputs.put(label, slot(value)));
        Map<String, Slot> outputs = new LinkedHashMap<>();
        graph.outputs().forEach((name, value) -> outputs.put(name, outputSlot(value)));
        return new Plan(graph, launches, lastingUntilCopied(), inputs, outputs, constants(), Arena.bytes(buffers));
    }

    /// Buffers that live to the end also live through the copies after it.
    private List<Buffer> lastingUntilCopied() {
        int end = launches.size() - placement.copies().size();
        return buffers.stream()
                .map(b -> b.to() >= end && !placement.copies().isEmpty()
                        ? new Buffer(b.id(), b.category(), b.dtype(), b.offset(), b.bytes(), b.from(), launches.size())
                        : b)
                .toList();
    }

    private void emit(Unit unit) {
        switch (unit) {
            case Unit.Elementwise(Expression code, List<Value> writes) ->
                launches.add(new Launch.Fused(
                        label(code, graph.node(writes.getLast())),
                        code.domain(),
                        code.body(),
                        code.reads().stream().map(this::operand).toList(),
                        writes.stream().map(v -> over(v, code.domain())).toList()));
            case Unit.Reduction(Expression code, Node node) ->
                launches.add(new Launch.FusedReduce(
                        label(code, node),
                        code.domain(),
                        (Reduce) node.op(),
                        code.body(),
                        code.reads().stream().map(this::operand).toList(),
                        Operand.dense(slot(node.out(0)))));
            case Unit.Rows(Expression code, int split, List<Value> writes) ->
                launches.add(new Launch.Rows(
                        label(code, graph.node(writes.getLast())),
                        code.domain(),
                        split,
                        code.body(),
                        code.reads().stream().map(this::operand).toList(),
                        IntStream.range(0, writes.size())
                                .mapToObj(i -> over(writes.get(i), code.shapeOf(i)))
                                .toList()));
            case Unit.Single single -> launches.add(single(single));
            case Unit.Join join -> join(join);
            case Unit.Merged _ -> {}
        }
    }

    private Launch single(Unit.Single single) {
        Node node = single.node();
        List<Operand> operands = single.reads().stream().map(this::operand).toList();
        List<Operand> writes = single.results().stream().map(this::operand).toList();
        Graph body = Graph.build(node.origin(), g -> {
            List<Value> in = inputs(g, operands);
            List<Value> out = g.emit(node.op(), in, node::origin);
            for (int i = 0; i < out.size(); i++) {
                g.output("out" + i, out.get(i));
            }
        });
        String label = node.op().name() + " " + node.origin();
        return node.op() instanceof MatMul
                ? new Launch.Gemm(label, operands.get(0), operands.get(1), writes.getFirst(), body)
                : new Launch.Kernel(label, node.op(), operands, writes, body);
    }

    /// Copies those parts of a concatenation that are not computed in place.
    private void join(Unit.Join join) {
        Slot slot = slot(join.result());
        Shape whole = slot.spec().shape();
        int from = 0;
        for (int i = 0; i < join.reads().size(); i++) {
            Views.Read part = join.reads().get(i);
            int to = from + part.layout().shape().dim(join.axis());
            if (!placement.inPlace(join).contains(i)) {
                Layout place = Layout.dense(whole)
                        .slice(
                                Shape.of(new int[whole.rank()])
                                        .with(join.axis(), from)
                                        .dims(),
                                whole.with(join.axis(), to).dims());
                launches.add(copy("concat " + join.node().origin(), operand(part), new Operand(slot, place)));
            }
            from = to;
        }
    }

    private static Launch copy(String label, Operand from, Operand to) {
        Graph body = Graph.build(
                new Origin("", ""),
                g -> g.output("out0", inputs(g, List.of(from)).getFirst()));
        return new Launch.Fused(label, from.shape(), body, List.of(from), List.of(to));
    }

    private static List<Value> inputs(GraphBuilder g, List<Operand> operands) {
        return IntStream.range(0, operands.size())
                .mapToObj(i -> g.input(
                        "in" + i,
                        new TensorSpec(operands.get(i).dtype(), operands.get(i).shape())))
                .toList();
    }

    // ---- places ---------------------------------------------------------------------------------------------------

    private Slot slot(Value value) {
        Placement.Home home = placement.home(value);
        return new Slot(home.buffer(), buffers.get(home.buffer()).offset() + home.offset(), graph.spec(value), value);
    }

    private Operand operand(Views.Read read) {
        return new Operand(slot(read.base()), read.layout());
    }

    /// A whole stored value over a domain of as many elements.
    private Operand over(Value value, Shape domain) {
        Slot slot = slot(value);
        return new Operand(
                slot, Layout.dense(slot.spec().shape()).reshape(domain).orElseThrow());
    }

    /// An output that is a view of side-by-side elements lies within what it views.
    private Slot outputSlot(Value value) {
        Views.Read read = fused.views().resolve(value);
        Slot base = slot(read.base());
        return new Slot(
                base.buffer(),
                base.offset() + read.layout().offset() * base.spec().dtype().bytes(),
                graph.spec(value),
                value);
    }

    private Map<Slot, HostTensor> constants() {
        Map<Slot, HostTensor> result = new LinkedHashMap<>();
        for (Node node : graph.nodes()) {
            if (node.op() instanceof Constant c && !c.isFill()) {
                result.put(slot(node.out(0)), c.toTensor());
            }
        }
        return result;
    }

    /// What elementwise code computes, by name, and where its last node was built.
    private String label(Expression code, Node last) {
        List<String> names = code.body().nodes().stream()
                .filter(Expression::isElementwise)
                .map(n -> n.op().name())
                .toList();
        String shown = names.stream().limit(4).collect(Collectors.joining("+"));
        String what = names.isEmpty() ? "copy" : names.size() > 4 ? shown + "+" + (names.size() - 4) + " more" : shown;
        String reduced = last.op() instanceof Reduce
                ? (names.isEmpty() ? "" : what + "+") + last.op().name()
                : what;
        return reduced + " " + last.origin();
    }
}
