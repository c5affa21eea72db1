package dagrad.train;

import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Node;
import dagrad.graph.Origin;
import dagrad.graph.Value;
import dagrad.io.Json;
import dagrad.optimizer.StepGraph;
import dagrad.plan.Buffer;
import dagrad.plan.Cost;
import dagrad.plan.Launch;
import dagrad.plan.Operand;
import dagrad.plan.Plan;
import dagrad.plan.Slot;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A step's plan as a file for those who look at a run: its launches, what each computes and whose results it reads, and the
/// memory of each category during each launch.
///
/// A launch belongs to a phase, `forward`, `gradient` or `optimizer`, and in it to a layer: the first of the scopes that its
/// last operation was built in; a gradient is of the scope that it is the gradient of. Outside of all scopes, a layer is named
/// by the one before it, and a gradient belongs to the layer whose values it reads, or else that of the gradient that it goes
/// on from.
final class PlanJson {
    /// In larger plans the operations within launches are only counted.
    private static final int MOST_NODES = 20_000;

    private static final String OPTIMIZER = "optimizer";
    private static final Set<String> NOT_LAYERS = Set.of("", "gradient");

    private enum Phase {
        FORWARD,
        GRADIENT,
        OPTIMIZER
    }

    private record Place(Phase phase, String layer) {}

    /// A stretch of a buffer that a launch wrote, in bytes.
    private record Written(int launch, long from, long to) {}

    private final Plan plan;
    private final boolean withNodes;
    private final Map<Value, Integer> writers = new HashMap<>();
    private final Map<Integer, List<Written>> written = new HashMap<>();
    private final Map<Value, String> inputs = new HashMap<>();
    private final List<Place> places = new ArrayList<>();
    /// The nodes that the loss is computed from, and those that the optimizer's are.
    private final BitSet forLoss;

    private final BitSet forOptimizer;
    /// The last layer with a name.
    private Optional<String> named = Optional.empty();

    private PlanJson(Plan plan) {
        this.plan = plan;
        this.withNodes =
                plan.launches().stream().mapToInt(l -> l.body().nodes().size()).sum() <= MOST_NODES;
        plan.inputs().forEach((name, slot) -> inputs.put(slot.value(), name));
        Value loss = plan.graph().output(StepGraph.LOSS);
        this.forLoss = sources(node -> node.id() == loss.node());
        this.forOptimizer = sources(node -> first(node.origin()).equals(OPTIMIZER));
    }

    /// Nodes, and all that they are computed from.
    private BitSet sources(Predicate<Node> wanted) {
        BitSet result = new BitSet();
        for (Node node : plan.graph().nodes().reversed()) {
            if (wanted.test(node) || result.get(node.id())) {
                result.set(node.id());
                node.inputs().forEach(value -> result.set(value.node()));
            }
        }
        return result;
    }

    /// @param device its name
    /// @param steps how many there will be at most
    static String of(Plan plan, String device, long steps) {
        return new PlanJson(plan).text(device, steps);
    }

    private String text(String device, long steps) {
        ObjectNode json = Json.mapper().createObjectNode();
        json.put("device", device).put("steps", steps).put("arena_bytes", plan.arenaBytes());
        memory(json.putObject("memory"));
        ArrayNode launches = json.putArray("launches");
        for (int i = 0; i < plan.launches().size(); i++) {
            launch(i, plan.launches().get(i), launches.addObject());
        }
        return Json.mapper().writeValueAsString(json) + "\n";
    }

    /// For each category the bytes in use during each launch.
    private void memory(ObjectNode json) {
        int moments = Math.max(1, plan.launches().size());
        for (Buffer.Category category : Buffer.Category.values()) {
            long[] changes = new long[moments + 1];
            plan.buffers().stream().filter(b -> b.category() == category).forEach(b -> {
                int from = b.pinned() ? 0 : Math.max(0, b.from());
                int to = b.pinned() ? moments : Math.min(moments, b.to() + 1);
                changes[Math.min(from, moments)] += b.bytes();
                changes[to] -= b.bytes();
            });
            ArrayNode bytes = json.putArray(category.name().toLowerCase(Locale.ROOT));
            long now = 0;
            for (int i = 0; i < moments; i++) {
                now += changes[i];
                bytes.add(now);
            }
        }
    }

    private void launch(int number, Launch launch, ObjectNode json) {
        Place place = place(launch);
        places.add(place);
        Cost cost = Cost.of(launch);
        json.put("kind", launch.kind())
                .put("computes", launch.label())
                .put("phase", place.phase().name().toLowerCase(Locale.ROOT))
                .put("layer", place.layer())
                .put("bytes", cost.bytes())
                .put("operations", cost.flops());
        ArrayNode after = json.putArray("after");
        before(launch).forEach(after::add);
        ArrayNode read = json.putArray("inputs");
        launch.reads().stream()
                .map(operand -> operand.slot().value())
                .filter(value -> inputs.containsKey(value) && !writers.containsKey(value))
                .map(inputs::get)
                .distinct()
                .forEach(read::add);
        if (withNodes) {
            nodes(launch.body(), json.putArray("nodes"));
        } else {
            json.put("node_count", (int) operations(launch.body()).count());
        }
        launch.writes().forEach(operand -> remember(number, operand.slot()));
    }

    /// The launches whose results it reads.
    private NavigableSet<Integer> before(Launch launch) {
        NavigableSet<Integer> result = new TreeSet<>();
        for (Operand operand : launch.reads()) {
            Slot slot = operand.slot();
            Integer writer = writers.get(slot.value());
            if (writer != null) {
                result.add(writer);
            } else if (!inputs.containsKey(slot.value())) { // made of the results of several
                written.getOrDefault(slot.buffer(), List.of()).stream()
                        .filter(w -> w.from() < slot.end() && slot.offset() < w.to())
                        .forEach(w -> result.add(w.launch()));
            }
        }
        return result;
    }

    private void remember(int number, Slot slot) {
        writers.put(slot.value(), number);
        List<Written> here = written.computeIfAbsent(slot.buffer(), _ -> new ArrayList<>());
        here.removeIf(w -> slot.offset() <= w.from() && w.to() <= slot.end());
        here.add(new Written(number, slot.offset(), slot.end()));
    }

    /// By the last thing that it computes.
    private Place place(Launch launch) {
        Node last = plan.graph().node(launch.writes().getLast().slot().value());
        String scope = first(last.origin());
        if (scope.equals(OPTIMIZER)) {
            return new Place(Phase.OPTIMIZER, "");
        }
        if (forOptimizer.get(last.id()) && !forLoss.get(last.id())) {
            return new Place(Phase.GRADIENT, NOT_LAYERS.contains(scope) ? differentiated(launch) : scope);
        }
        if (!scope.isEmpty()) {
            named = Optional.of(scope);
        }
        return new Place(
                Phase.FORWARD,
                scope.isEmpty() ? named.map(layer -> "after " + layer).orElse("start") : scope);
    }

    private String differentiated(Launch launch) {
        Optional<String> byGradient = Optional.empty();
        for (int writer : before(launch).descendingSet()) {
            Place place = places.get(writer);
            if (place.phase() == Phase.FORWARD) {
                return place.layer(); // of the last forward launch that it reads from
            }
            byGradient = byGradient.or(() -> Optional.of(place.layer()));
        }
        return byGradient.orElse(places.isEmpty() ? "start" : places.getLast().layer());
    }

    private static String first(Origin origin) {
        int slash = origin.scope().indexOf('/');
        return slash < 0 ? origin.scope() : origin.scope().substring(0, slash);
    }

    private static Stream<Node> operations(Graph body) {
        return body.nodes().stream().filter(node -> !(node.op() instanceof Input));
    }

    /// The operations that one launch computes together; each with those of them that it reads.
    private static void nodes(Graph body, ArrayNode json) {
        Map<Integer, Integer> numbers = new HashMap<>();
        operations(body).forEach(node -> {
            ObjectNode object = json.addObject();
            object.put("operation", node.op().name());
            object.put("gives", node.outputs().getFirst().toString());
            ArrayNode reads = object.putArray("reads");
            node.inputs().stream()
                    .map(value -> numbers.get(value.node()))
                    .filter(Objects::nonNull)
                    .distinct()
                    .forEach(reads::add);
            numbers.put(node.id(), numbers.size());
        });
    }
}
