package dagrad.schedule;

import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Node;
import dagrad.graph.Origin;
import dagrad.graph.Permute;
import dagrad.graph.Value;
import dagrad.plan.Buffer;
import dagrad.plan.Cost;
import dagrad.plan.Launch;
import dagrad.plan.Operand;
import dagrad.plan.Plan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Rewrites a plan's graph so that some values are computed a second time instead of being kept (Chen et al., "Training
/// deep nets with sublinear memory cost", 2016).
///
/// The plan is cut where its launches keep most: of a training step this is where the forward pass ends. What is
/// written before the cut and read after it waits there, and can be computed again after the cut from what else waits,
/// from inputs and from constants. Nothing here knows what a forward pass is.
final class Recompute {
    /// Operations that take about as long as moving a byte does: some 10 on processors, 20 to 130 on GPUs. What is to
    /// be computed again is ordered by it, nothing else follows from it.
    private static final long OPERATIONS_PER_BYTE = 40;

    /// Launches that a value must wait to be worth computing again; the logits wait for their gradient alone.
    private static final int SHORTEST_WAIT = 5;
    /// Of all bytes that wait, the least share that a value must have: what is smaller is not worth looking at.
    private static final double SMALLEST_SHARE = 1e-3;

    private final Graph graph;
    private final int cut;
    /// The cost of the launch that writes a value.
    private final Map<Value, Long> cost = new HashMap<>();
    private final Map<Value, Integer> writtenAt = new HashMap<>();
    /// The last launch before the cut that reads or writes a value, and the first from there on that reads it.
    private final Map<Value, Integer> usedBefore = new HashMap<>();
    private final Map<Value, Integer> readAfter = new HashMap<>();
    private final Set<Value> waiting = new LinkedHashSet<>();
    /// For the result of a kernel that lies in memory as a permutation of itself: that permutation.
    private final Map<Value, Value> stands = new HashMap<>();
    private final Set<Integer> late = new HashSet<>();

    Recompute(Plan plan) {
        this.graph = plan.graph();
        this.cut = cut(plan);
        for (int i = 0; i < plan.launches().size(); i++) {
            look(plan.launches().get(i), i);
        }
        for (Node node : graph.nodes()) {
            Value out = node.out(0);
            if (node.op() instanceof Permute && writtenAt.containsKey(out)) {
                stands.putIfAbsent(node.inputs().getFirst(), out);
            }
        }
        stands.keySet().removeIf(writtenAt::containsKey);
        findLate();
        for (Node node : graph.nodes()) {
            for (int i = 0; i < node.outputs().size(); i++) {
                if (!late.contains(node.id()) && readAfter.containsKey(node.out(i))) {
                    waiting.add(node.out(i));
                }
            }
        }
    }

    private void look(Launch launch, int number) {
        Cost each = Cost.of(launch);
        long price = Math.max(each.bytes(), each.flops() / OPERATIONS_PER_BYTE);
        for (Operand operand : launch.writes()) {
            Value value = operand.slot().value();
            writtenAt.putIfAbsent(value, number);
            cost.merge(value, price, Math::max);
        }
        if (number < cut) {
            launch.operands().forEach(operand -> usedBefore.put(operand.slot().value(), number));
        } else {
            launch.reads()
                    .forEach(operand -> readAfter.putIfAbsent(operand.slot().value(), number));
        }
    }

    /// The first launch beside which most bytes wait: are kept, but neither read nor written by it.
    private static int cut(Plan plan) {
        int best = 0;
        long most = -1;
        for (int i = 0; i < plan.launches().size(); i++) {
            Set<Integer> used = plan.launches().get(i).operands().stream()
                    .map(operand -> operand.slot().buffer())
                    .collect(Collectors.toSet());
            int launch = i;
            long waiting = plan.buffers().stream()
                    .filter(b -> b.category() == Buffer.Category.ACTIVATION && !used.contains(b.id()))
                    .filter(b -> b.from() < launch && launch < b.to())
                    .mapToLong(Buffer::bytes)
                    .sum();
            if (waiting > most) {
                most = waiting;
                best = i;
            }
        }
        return best;
    }

    /// What is written at the cut or after it, and all that is computed from that.
    private void findLate() {
        for (Node node : graph.nodes()) {
            boolean follows = node.inputs().stream().anyMatch(in -> late.contains(in.node()));
            boolean writes = false;
            for (int i = 0; i < node.outputs().size(); i++) {
                writes |= writtenAt.getOrDefault(stored(node.out(i)), -1) >= cut;
            }
            if (follows || writes) {
                late.add(node.id());
            }
        }
    }

    private Value stored(Value value) {
        return stands.getOrDefault(value, value);
    }

    // ---- what can be computed again -------------------------------------------------------------------------------

    /// What waits at the cut and can be computed again: what a launch writes and is not wanted for itself.
    List<Value> repeatable() {
        Set<Value> results = new HashSet<>();
        Stream.concat(graph.outputs().values().stream(), graph.updates().values().stream())
                .forEach(value -> {
                    results.add(value);
                    results.add(stored(Views.origin(graph, value)));
                });
        return waiting.stream()
                .filter(value -> writtenAt.containsKey(value) && !results.contains(value))
                .toList();
    }

    /// What is worth computing again, the cheapest for its bytes first: as if all others were kept. Of those that
    /// cost about the same, as the layers of a network do, every second comes first, then every fourth, and so on: what
    /// is left of them lies evenly.
    List<Value> candidates() {
        long all = waiting.stream().mapToLong(v -> graph.spec(v).bytes()).sum();
        Map<Long, List<Value>> classes = new HashMap<>();
        for (Value value : repeatable()) {
            long bytes = graph.spec(value).bytes();
            if (readAfter.get(value) - usedBefore.get(value) >= SHORTEST_WAIT && bytes > SMALLEST_SHARE * all) {
                double worth = Math.max(1, price(value)) / (double) bytes;
                classes.computeIfAbsent(Math.round(4 * Math.log(worth)), _ -> new ArrayList<>())
                        .add(value);
            }
        }
        List<Value> result = new ArrayList<>();
        classes.entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(each -> {
            List<Value> alike = each.getValue();
            List<Integer> order = new ArrayList<>();
            for (int i = 0; i < alike.size(); i++) {
                order.add(i);
            }
            order.sort(Comparator.comparingInt(i -> Integer.numberOfTrailingZeros(i + 1)));
            order.forEach(i -> result.add(alike.get(i)));
        });
        return result;
    }

    /// What it costs to have a value again, if all others that wait are kept.
    long price(Value value) {
        Set<Value> seen = new HashSet<>();
        List<Value> open = new ArrayList<>(List.of(value));
        long price = 0;
        while (!open.isEmpty()) {
            Value next = open.removeLast();
            if (seen.add(next) && (next.equals(value) || !isThere(next, Set.of()))) {
                price += cost.getOrDefault(stored(next), 0L);
                open.addAll(graph.node(next).inputs());
            }
        }
        return price;
    }

    /// Whether a value is there after the cut without being computed again.
    private boolean isThere(Value value, Set<Value> again) {
        Value home = stored(value);
        return graph.node(value).inputs().isEmpty() || waiting.contains(home) && !again.contains(home);
    }

    // ---- the graph ------------------------------------------------------------------------------------------------

    /// A graph, and which of its nodes must not run before the cut.
    record Result(Graph graph, Phases phases) {}

    /// The graph in which those values that are read at the cut and after it are others than those before.
    Result apply(Set<Value> again) {
        Set<Integer> after = new HashSet<>();
        Graph copy = Graph.build(new Origin("", ""), g -> new Copying(g, again, after).copy());
        return new Result(copy, new Phases(after));
    }

    private final class Copying {
        private final GraphBuilder g;
        private final Set<Value> again;
        private final Set<Integer> after;
        private final Map<Value, Value> first = new HashMap<>();
        private final Map<Value, Value> second = new HashMap<>();

        Copying(GraphBuilder g, Set<Value> again, Set<Integer> after) {
            this.g = g;
            this.again = again;
            this.after = after;
        }

        void copy() {
            for (Node node : graph.nodes()) {
                boolean isLate = late.contains(node.id());
                List<Value> operands = node.inputs().stream()
                        .map(in -> isLate ? afterTheCut(in) : first.get(in))
                        .toList();
                List<Value> results = g.emit(node.op(), operands, node::origin);
                for (int i = 0; i < results.size(); i++) {
                    first.put(node.out(i), results.get(i));
                }
                if (isLate) {
                    after.add(results.getFirst().node());
                }
            }
            graph.outputs().forEach((name, value) -> g.output(name, first.get(value)));
            graph.updates().forEach((state, value) -> g.update(first.get(state), first.get(value)));
        }

        /// The value that is read after the cut. Recursion is as deep as what is not kept between two values that are.
        private Value afterTheCut(Value value) {
            Value known = second.get(value);
            if (known != null) {
                return known;
            }
            Node node = graph.node(value);
            if (late.contains(node.id()) || isThere(value, again)) {
                return first.get(value);
            }
            List<Value> operands = node.inputs().stream().map(this::afterTheCut).toList();
            boolean isStored = writtenAt.containsKey(stored(value));
            boolean isSame =
                    operands.equals(node.inputs().stream().map(first::get).toList());
            if (isSame && !isStored) {
                second.put(value, first.get(value));
                return first.get(value);
            }
            List<Value> results = g.again(node.op(), operands, node.origin());
            after.add(results.getFirst().node());
            for (int i = 0; i < results.size(); i++) {
                second.put(node.out(i), results.get(i));
            }
            return second.get(value);
        }
    }
}
