package dagrad.reference;

import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Node;
import dagrad.graph.Value;
import dagrad.plan.Launch;
import dagrad.plan.Plan;
import dagrad.precision.Precision;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import dagrad.train.Range;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Each value that a device stores, against what float64 makes of the very operands that the device had: whatever differs
/// by more than rounding explains, is this node's fault and no other's.
///
/// A value that the device gives is exact from there on. Between such values the bounds of [RunningError] grow along the
/// graph, over a few elementwise nodes that one launch computes together; they never grow with the depth of a model.
public final class NodeCheck {
    /// The worst element of a value that the device stores.
    ///
    /// @param value which, in the plan's graph
    /// @param line the node as text: operation, operands, shape, source line
    /// @param spec of the value
    /// @param isGradient whether the node is part of the reverse pass, and not of the loss
    /// @param element its place in row-major order
    /// @param expected by the reference, from the device's operands
    /// @param found on the device
    /// @param bound the most that a correct device may be off by
    /// @param why how the bound came about, as a sentence
    /// @param together operations that are computed with it and not stored, in order
    /// @param operands what the device computed it from
    /// @param unbounded elements of which nothing can be said, for they depend on a choice that rounding may turn
    public record Row(
            Value value,
            String line,
            TensorSpec spec,
            boolean isGradient,
            long element,
            double expected,
            double found,
            double bound,
            String why,
            List<String> together,
            Map<String, Range> operands,
            long unbounded) {
        public Row {
            together = List.copyOf(together);
            operands = Collections.unmodifiableMap(new LinkedHashMap<>(operands));
        }

        public double error() {
            return Elementwise.apart(expected, found);
        }

        /// Several lines for people.
        public String toText() {
            StringBuilder text = new StringBuilder();
            text.append(String.format(
                    Locale.ROOT,
                    "  %s%n    in %s, element %s: the device has %.9g, the reference %.9g%n"
                            + "    off by %.3g; a correct device is off by at most %.3g:%n    %s%n",
                    line,
                    isGradient ? "the gradients" : "the loss",
                    index(),
                    found,
                    expected,
                    error(),
                    bound,
                    why));
            operands.forEach((name, range) -> text.append("    computed from ")
                    .append(name)
                    .append(" = ")
                    .append(range)
                    .append('\n'));
            if (!together.isEmpty()) {
                text.append("    in one launch with ")
                        .append(String.join(", ", together))
                        .append('\n');
            }
            return text.toString();
        }

        /// The element's index: `[1, 3]`.
        public String index() {
            int[] index = new int[spec.shape().rank()];
            long rest = element;
            for (int axis = index.length - 1; axis >= 0; axis--) {
                index[axis] = (int) (rest % spec.shape().dim(axis));
                rest /= spec.shape().dim(axis);
            }
            return Arrays.toString(index);
        }

        /// The error as a part of the bound: up to 1 all is well.
        public double ratio() {
            return NodeCheck.ratio(error(), bound);
        }

        public boolean agrees() {
            return ratio() <= 1;
        }
    }

    private final Graph graph;
    private final Map<Value, HostTensor> found;
    private final Map<String, HostTensor> inputs;
    private final Roundings roundings;
    private final Bounds bounds;
    private final Set<Integer> forward;
    private final Map<Value, Bounded> values = new HashMap<>();

    private NodeCheck(Graph graph, Precision precision, Map<String, HostTensor> inputs, Map<Value, HostTensor> found) {
        this.graph = graph;
        this.inputs = inputs;
        this.found = found;
        this.roundings = new Roundings(precision == Precision.TF32);
        this.bounds = Bounds.of(roundings);
        this.forward = before(graph, List.of(graph.output("loss")));
    }

    /// Checks all that a plan stores, in topological order.
    ///
    /// @param plan of a graph with an output `loss`
    /// @param device evaluates a graph and gives its outputs
    public static List<Row> of(
            Plan plan,
            Precision precision,
            Map<String, HostTensor> inputs,
            Function<Graph, Map<String, HostTensor>> device) {
        Set<Value> stored = new HashSet<>();
        for (Launch launch : plan.launches()) {
            launch.writes().forEach(write -> stored.add(write.slot().value()));
        }
        List<Row> rows = of(plan.graph(), stored, precision, inputs, device);
        Optional<Row> first = rows.stream().filter(row -> !row.agrees()).findFirst();
        return first.isEmpty() || first.get().together().isEmpty()
                ? rows
                : closer(plan.graph(), stored, first.get(), precision, inputs, device)
                        .orElse(rows);
    }

    /// Looks into the launch that is wrong: what it does not store is stored, if the device errs then too.
    private static Optional<List<Row>> closer(
            Graph graph,
            Set<Value> stored,
            Row row,
            Precision precision,
            Map<String, HostTensor> inputs,
            Function<Graph, Map<String, HostTensor>> device) {
        Set<Value> more = new HashSet<>(stored);
        for (Node node : region(graph, stored, row.value())) {
            for (int i = 0; i < node.outputs().size(); i++) {
                more.add(node.out(i));
            }
        }
        List<Row> rows = of(graph, more, precision, inputs, device);
        return rows.stream().allMatch(Row::agrees) ? Optional.empty() : Optional.of(rows);
    }

    private static List<Row> of(
            Graph graph,
            Set<Value> stored,
            Precision precision,
            Map<String, HostTensor> inputs,
            Function<Graph, Map<String, HostTensor>> device) {
        Map<String, Value> watched = new LinkedHashMap<>();
        stored.stream()
                .sorted(Comparator.comparingInt(Value::node).thenComparingInt(Value::output))
                .forEach(value -> watched.put(value.toString(), value));
        Map<String, HostTensor> outputs = device.apply(new Graph(graph.nodes(), watched, Map.of()));
        Map<Value, HostTensor> found = new HashMap<>();
        watched.forEach((name, value) -> found.put(value, outputs.get(name)));
        return new NodeCheck(graph, precision, inputs, found).run();
    }

    /// How near the values came to their bounds; and of those that left them the first, at length.
    public static String toText(List<Row> rows) {
        List<Row> wrong = rows.stream().filter(row -> !row.agrees()).toList();
        double most = rows.stream().mapToDouble(Row::ratio).max().orElse(0);
        String text = String.format(
                Locale.ROOT,
                "%d values that the device stores, by the reference from the device's operands:%n",
                rows.size());
        if (wrong.isEmpty()) {
            return text + String.format(Locale.ROOT, "  none is off by more than %.2f of what rounding allows%n", most);
        }
        return text
                + String.format(Locale.ROOT, "  %d off by more than rounding allows; the first is%n", wrong.size())
                + wrong.getFirst().toText();
    }

    // ---- along the graph ------------------------------------------------------------------------------------------

    private List<Row> run() {
        List<Row> rows = new ArrayList<>();
        Lifetimes lifetimes = Lifetimes.of(new Graph(graph.nodes(), Map.of(), Map.of()));
        for (Node node : graph.nodes()) {
            List<Bounded> operands = node.inputs().stream().map(values::get).toList();
            List<Bounded> results =
                    node.op() instanceof Input input ? List.of(given(input)) : bounds.apply(node.op(), operands);
            for (int i = 0; i < results.size(); i++) {
                Value value = node.out(i);
                HostTensor tensor = found.get(value);
                if (tensor != null) {
                    rows.add(row(node, i, results.get(i), tensor));
                }
                values.put(
                        value,
                        tensor == null
                                ? results.get(i)
                                : Bounded.exact(Numbers.of(node.outputs().get(i), tensor)));
            }
            lifetimes.endingAt(node).forEach(values::remove);
        }
        return rows;
    }

    private Bounded given(Input input) {
        return Bounded.exact(Numbers.of(input.spec(), inputs.get(input.label())).rounded());
    }

    private Row row(Node node, int output, Bounded expected, HostTensor tensor) {
        int worst = 0;
        double most = -1;
        long unbounded = 0;
        for (int i = 0; i < tensor.size(); i++) {
            double ratio = ratio(Elementwise.apart(expected.at(i), tensor.get(i)), expected.error()[i]);
            unbounded += expected.error()[i] == Double.POSITIVE_INFINITY ? 1 : 0;
            if (ratio > most) {
                most = ratio;
                worst = i;
            }
        }
        List<Node> region = region(graph, found.keySet(), node.out(output));
        boolean any = tensor.size() > 0;
        return new Row(
                node.out(output),
                graph.line(node),
                node.outputs().get(output),
                !forward.contains(node.id()),
                worst,
                any ? expected.at(worst) : 0,
                any ? tensor.get(worst) : 0,
                any ? expected.error()[worst] : 0,
                any ? why(node, output, worst, expected.error()[worst], region) : "it has no elements",
                region.stream().map(n -> n.op().name()).toList(),
                ranges(node, region),
                unbounded);
    }

    private String why(Node node, int output, int element, double bound, List<Node> region) {
        List<Bounded> operands = node.inputs().stream()
                .map(values::get)
                .map(x -> Bounded.exact(x.value()))
                .toList();
        double own = node.op() instanceof Input
                ? 0
                : bounds.apply(node.op(), operands).get(output).error()[element];
        String here = Why.of(node, operands.stream().map(x -> x.value().spec()).toList(), output, roundings);
        if (region.isEmpty() || own >= bound) {
            return here;
        }
        return here
                + String.format(
                        Locale.ROOT,
                        "; that is %.2g of it, the rest comes from what is computed with it and not stored",
                        own);
    }

    private static double ratio(double error, double bound) {
        return error == 0 || bound == Double.POSITIVE_INFINITY ? 0 : error / bound;
    }

    /// Of the values at the border of what is computed together.
    private Map<String, Range> ranges(Node node, List<Node> region) {
        Map<String, Range> ranges = new LinkedHashMap<>();
        List<Node> all = new ArrayList<>(region);
        all.add(node);
        for (Node reader : all) {
            for (Value operand : reader.inputs()) {
                if (found.containsKey(operand)) {
                    ranges.put(operand.toString(), Range.of(found.get(operand)));
                } else if (graph.node(operand).op() instanceof Input input) {
                    ranges.put(operand.toString(), Range.of(inputs.get(input.label())));
                }
            }
        }
        return ranges;
    }

    /// The nodes between a value and the stored ones and inputs before it, without its own.
    private static List<Node> region(Graph graph, Collection<Value> stored, Value value) {
        Set<Integer> seen = new HashSet<>();
        List<Value> open = new ArrayList<>(graph.node(value).inputs());
        while (!open.isEmpty()) {
            Value next = open.removeLast();
            Node node = graph.node(next);
            if (!stored.contains(next) && !(node.op() instanceof Input) && seen.add(node.id())) {
                open.addAll(node.inputs());
            }
        }
        return seen.stream().sorted().map(graph.nodes()::get).toList();
    }

    /// The numbers of all nodes that some values depend on.
    static Set<Integer> before(Graph graph, List<Value> values) {
        Set<Integer> seen = new HashSet<>();
        List<Value> open = new ArrayList<>(values);
        while (!open.isEmpty()) {
            Node node = graph.node(open.removeLast());
            if (seen.add(node.id())) {
                open.addAll(node.inputs());
            }
        }
        return seen;
    }
}
