package dagrad.train;

import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Node;
import dagrad.graph.Origin;
import dagrad.graph.Value;
import dagrad.io.Json;
import dagrad.plan.Buffer;
import dagrad.plan.Cost;
import dagrad.plan.Launch;
import dagrad.plan.Operand;
import dagrad.plan.Plan;
import dagrad.plan.Slot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A step's plan as a file for those who look at a run: its launches, what each computes and whose results it reads, and the
/// memory of each category during each launch.
///
/// A launch belongs to a phase, `forward`, `gradient` or `optimizer`, and in it to a layer: the first of the scopes that its
/// last operation was built in. The gradient's operations have no such scopes; they get the layer whose values they read,
/// or else that of the gradient they go on from. What is outside of all scopes is named by the layer before it.
final class PlanJson {
    /// In larger plans the operations within launches are only counted.
    private static final int MOST_NODES = 20_000;

    private enum Phase {
        FORWARD,
        GRADIENT,
        OPTIMIZER;

        static Phase of(Origin origin) {
            return switch (first(origin)) {
                case "gradient" -> GRADIENT;
                case "optimizer" -> OPTIMIZER;
                default -> FORWARD;
            };
        }
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
    /// The last layer with a name.
    private Optional<String> named = Optional.empty();

    private PlanJson(Plan plan) {
        this.plan = plan;
        this.withNodes =
                plan.launches().stream().mapToInt(l -> l.body().nodes().size()).sum() <= MOST_NODES;
        plan.inputs().forEach((name, slot) -> inputs.put(slot.value(), name));
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
        Origin origin = origin(launch);
        Place place = place(launch, origin);
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

    /// Where the last thing that it computes was built.
    private Origin origin(Launch launch) {
        Value last = launch.writes().getLast().slot().value();
        return plan.graph().node(last).origin();
    }

    private Place place(Launch launch, Origin origin) {
        Phase phase = Phase.of(origin);
        return new Place(
                phase,
                switch (phase) {
                    case FORWARD -> forward(first(origin));
                    case OPTIMIZER -> "";
                    case GRADIENT -> differentiated(launch);
                });
    }

    /// The layer of a scope.
    private String forward(String scope) {
        if (!scope.isEmpty()) {
            named = Optional.of(scope);
        }
        return scope.isEmpty() ? named.map(layer -> "after " + layer).orElse("start") : scope;
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
