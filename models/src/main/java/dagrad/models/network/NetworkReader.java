package dagrad.models.network;

import dagrad.models.network.ScalarNetwork.Node;
import dagrad.models.network.ScalarNetwork.Output;
import dagrad.models.network.ScalarNetwork.Source;
import dagrad.models.network.ScalarNetwork.Weight;
import dagrad.tensor.Literal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads a network from JSON: first what is written, then, when all names are known, what they stand for.
final class NetworkReader {
    private static final List<String> FIELDS =
            List.of("format", "inputs", "targets", "parameters", "nodes", "outputs", "objective");

    /// A node as it is written.
    private record WrittenNode(String name, Activation activation, List<WrittenSource> arguments) {}

    /// A source as it is written.
    private sealed interface WrittenSource {
        record Input(String name) implements WrittenSource {}

        record Target(String name) implements WrittenSource {}

        record Edge(WrittenOutput tail, Optional<String> parameter, double weight) implements WrittenSource {}
    }

    private record WrittenOutput(String node, int component) {}

    private final StrictJson json;
    private final Map<String, Double> inputs = new LinkedHashMap<>();
    private final Map<String, Double> targets = new LinkedHashMap<>();
    private final Map<String, Double> parameters = new LinkedHashMap<>();
    private final List<WrittenNode> nodes = new ArrayList<>();
    private final Set<String> nodeNames = new HashSet<>();
    private final List<WrittenOutput> outputs = new ArrayList<>();
    private Optional<WrittenOutput> objective = Optional.empty();
    private boolean hasFormat;

    NetworkReader(StrictJson json) {
        this.json = json;
    }

    NetworkFile read() {
        json.document("the network", FIELDS, this::field);
        if (!hasFormat) {
            throw json.error("the field \"format\" is missing; add \"format\": \"" + NetworkJson.FORMAT + "\"");
        }
        return new Names().network();
    }

    private void field(String name) {
        switch (name) {
            case "format" -> format();
            case "inputs" -> numbers(name, inputs);
            case "targets" -> numbers(name, targets);
            case "parameters" -> numbers(name, parameters);
            case "nodes" -> nodes.addAll(json.array(name, this::node));
            case "outputs" -> outputs.addAll(json.array(name, () -> output("an output")));
            default -> objective = Optional.of(output("the objective"));
        }
    }

    private void format() {
        String text = json.text("format");
        if (!text.equals(NetworkJson.FORMAT)) {
            throw json.error("the format is \"" + text + "\"; only \"" + NetworkJson.FORMAT + "\" can be read");
        }
        hasFormat = true;
    }

    private void numbers(String what, Map<String, Double> into) {
        json.object(what, name -> into.put(name, json.number(what + ": " + name)));
    }

    private WrittenNode node() {
        Map<String, String> texts = new HashMap<>();
        List<WrittenSource> arguments = new ArrayList<>();
        json.object("a node", List.of("name", "activation", "arguments"), field -> {
            if (field.equals("arguments")) {
                arguments.addAll(json.array(field, this::argument));
            } else {
                texts.put(field, json.text(field));
            }
        });
        String name = required(texts, "name", "this node");
        if (!nodeNames.add(name)) {
            throw json.error("two nodes are named \"" + name + "\"; rename one");
        }
        String activation = required(texts, "activation", "node \"" + name + "\"");
        return new WrittenNode(
                name,
                Activation.byText(activation)
                        .orElseThrow(() -> json.error("node \"" + name + "\": there is no activation \"" + activation
                                + "\"; use one of " + Activation.all())),
                arguments);
    }

    private String required(Map<String, String> texts, String field, String what) {
        return Optional.ofNullable(texts.get(field))
                .orElseThrow(() -> json.error(what + " has no field \"" + field + "\"; add it"));
    }

    private WrittenSource argument() {
        StrictJson.Flat fields =
                json.flat("an argument", List.of("input", "target", "node", "component", "parameter", "weight"));
        return switch (fields.oneOf("input", "target", "node")) {
            case "input" -> new WrittenSource.Input(fields.only("input"));
            case "target" -> new WrittenSource.Target(fields.only("target"));
            default -> {
                fields.notBoth("parameter", "weight");
                yield new WrittenSource.Edge(
                        output(fields),
                        fields.text("parameter"),
                        fields.number("weight").orElse(1.0));
            }
        };
    }

    private WrittenOutput output(String what) {
        return output(json.flat(what, List.of("node", "component")));
    }

    private static WrittenOutput output(StrictJson.Flat fields) {
        fields.oneOf("node");
        return new WrittenOutput(
                fields.text("node").orElseThrow(), fields.index("component").orElse(0));
    }

    /// What the names stand for.
    private final class Names {
        private final Map<String, Integer> inputNumbers = numbered(inputs.keySet());
        private final Map<String, Integer> targetNumbers = numbered(targets.keySet());
        private final Map<String, Integer> parameterNumbers = numbered(parameters.keySet());
        private final Map<String, Integer> nodeNumbers =
                numbered(nodes.stream().map(WrittenNode::name).toList());

        NetworkFile network() {
            try {
                NetworkOrder order =
                        new NetworkOrder(nodes.stream().map(this::node).toList());
                ScalarNetwork network = new ScalarNetwork(
                        List.copyOf(inputs.keySet()),
                        List.copyOf(targets.keySet()),
                        List.copyOf(parameters.keySet()),
                        order.sorted(),
                        outputs.stream()
                                .map(o -> order.renumbered(output("an output", o)))
                                .toList(),
                        objective.map(o -> order.renumbered(output("the objective", o))));
                return new NetworkFile(network, values(parameters), values(inputs), values(targets));
            } catch (NetworkException e) {
                throw json.inFile(e);
            }
        }

        private static Map<String, Integer> numbered(Collection<String> names) {
            Map<String, Integer> result = new HashMap<>();
            names.forEach(name -> result.put(name, result.size()));
            return result;
        }

        private static Literal values(Map<String, Double> numbers) {
            return Literal.of(numbers.values().stream().mapToDouble(x -> x).toArray());
        }

        private Node node(WrittenNode written) {
            List<Source> arguments = new ArrayList<>();
            for (WrittenSource source : written.arguments()) {
                String where = "node \"" + written.name() + "\", argument " + arguments.size();
                arguments.add(
                        switch (source) {
                            case WrittenSource.Input(String name) ->
                                new Source.Input(number(where, "input", inputNumbers, name));
                            case WrittenSource.Target(String name) ->
                                new Source.Target(number(where, "target", targetNumbers, name));
                            case WrittenSource.Edge(var tail, var parameter, double weight) ->
                                new Source.Edge(
                                        output(where, tail),
                                        parameter
                                                .<Weight>map(p -> new Weight.Parameter(
                                                        number(where, "parameter", parameterNumbers, p)))
                                                .orElse(new Weight.Fixed(weight)));
                        });
            }
            return new Node(written.name(), written.activation(), arguments);
        }

        private Output output(String where, WrittenOutput written) {
            return new Output(number(where, "node", nodeNumbers, written.node()), written.component());
        }

        private int number(String where, String what, Map<String, Integer> numbers, String name) {
            Integer number = numbers.get(name);
            NetworkException.require(
                    number != null,
                    "%s: there is no %s \"%s\"; add it to the %ss or correct the name",
                    where,
                    what,
                    name,
                    what);
            return number;
        }
    }
}
