package dagrad.models.network;

import static dagrad.io.FormatException.quoted;

import dagrad.io.Fields;
import dagrad.io.FormatException;
import dagrad.models.network.ScalarNetwork.Node;
import dagrad.models.network.ScalarNetwork.Output;
import dagrad.models.network.ScalarNetwork.Source;
import dagrad.models.network.ScalarNetwork.Weight;
import dagrad.tensor.Literal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// Makes a network of parsed JSON; one reader reads one network.
final class NetworkReader {
    /// Names, each with its number, and what messages call one of them.
    private record Names(String what, Map<String, Integer> numbers) {
        Names(String what, Iterable<String> names) {
            this(what, new HashMap<>());
            names.forEach(name -> numbers.put(name, numbers.size()));
        }

        /// The number of the name that a field holds.
        int number(Fields fields, String field) {
            String name = fields.text(field);
            Integer number = numbers.get(name);
            if (number == null) {
                throw fields.error("there is no " + what + " " + quoted(name) + "; add it to the " + what
                        + "s or correct the name");
            }
            return number;
        }
    }

    private final String file;

    /// @param file what messages call it
    NetworkReader(String file) {
        this.file = file;
    }

    NetworkFile read(JsonNode json) {
        Fields root = new Fields(file, json);
        header(root);
        Map<String, Double> inputs = numbers(root, "inputs");
        Map<String, Double> targets = numbers(root, "targets");
        Map<String, Double> parameters = numbers(root, "parameters");
        List<JsonNode> list = elements(root, "nodes");
        Arguments arguments = new Arguments(
                new Names("input", inputs.keySet()),
                new Names("target", targets.keySet()),
                new Names("parameter", parameters.keySet()),
                new Names("node", nodeNames(list)));
        List<Node> nodes = list.stream().map(node -> node(node, arguments)).toList();
        List<Output> outputs = new ArrayList<>();
        for (JsonNode output : elements(root, "outputs")) {
            outputs.add(output("output " + outputs.size(), output, arguments));
        }
        Optional<Output> objective = root.optional("objective").map(o -> output("objective", o, arguments));
        root.noMore();
        try {
            NetworkOrder order = new NetworkOrder(nodes);
            ScalarNetwork network = new ScalarNetwork(
                    List.copyOf(inputs.keySet()),
                    List.copyOf(targets.keySet()),
                    List.copyOf(parameters.keySet()),
                    order.sorted(),
                    outputs.stream().map(order::renumbered).toList(),
                    objective.map(order::renumbered));
            return new NetworkFile(network, values(parameters), values(inputs), values(targets));
        } catch (NetworkException e) {
            throw root.error(e.getMessage(), e);
        }
    }

    private static void header(Fields root) {
        String format = root.text("format");
        if (!format.equals(NetworkJson.FORMAT)) {
            throw root.error("\"format\" must be \"" + NetworkJson.FORMAT + "\", not " + quoted(format));
        }
        int version = root.integer("version");
        if (version != NetworkJson.VERSION) {
            throw root.error("it has version " + version + "; this program reads version " + NetworkJson.VERSION);
        }
    }

    private Map<String, Double> numbers(Fields root, String field) {
        Map<String, Double> result = new LinkedHashMap<>();
        root.optional(field).ifPresent(object -> {
            Fields fields = new Fields(file + ": " + field, object);
            for (String name : object.propertyNames()) {
                result.put(name, finite(fields, name, fields.number(name)));
            }
        });
        return result;
    }

    private static double finite(Fields fields, String name, double number) {
        if (!Double.isFinite(number)) {
            throw fields.error(quoted(name) + " must be a finite number, not " + number);
        }
        return number;
    }

    private static Literal values(Map<String, Double> numbers) {
        return Literal.of(numbers.values().stream().mapToDouble(x -> x).toArray());
    }

    /// The elements of an array, none if the field is missing.
    private static List<JsonNode> elements(Fields fields, String field) {
        return fields.optional(field)
                .map(_ -> fields.array(field).valueStream().toList())
                .orElse(List.of());
    }

    private List<String> nodeNames(List<JsonNode> nodes) {
        Map<String, Integer> seen = new LinkedHashMap<>();
        for (JsonNode node : nodes) {
            String name = new Fields(file + ": node " + seen.size(), node).text("name");
            if (seen.putIfAbsent(name, seen.size()) != null) {
                throw new FormatException(file + ": two nodes are named " + quoted(name) + "; rename one");
            }
        }
        return List.copyOf(seen.keySet());
    }

    private Node node(JsonNode json, Arguments arguments) {
        String where = file + ": node " + quoted(json.get("name").stringValue());
        Fields fields = new Fields(where, json);
        String name = fields.text("name");
        String text = fields.text("activation");
        Activation activation = Activation.byText(text)
                .orElseThrow(() ->
                        fields.error("there is no activation " + quoted(text) + "; use one of " + Activation.all()));
        List<Source> sources = new ArrayList<>();
        for (JsonNode argument : elements(fields, "arguments")) {
            sources.add(arguments.source(new Fields(where + ", argument " + sources.size(), argument)));
        }
        fields.noMore();
        return new Node(name, activation, sources);
    }

    private Output output(String what, JsonNode json, Arguments arguments) {
        Fields fields = new Fields(file + ": " + what, json);
        Output output = arguments.output(fields);
        fields.noMore();
        return output;
    }

    /// Reads what refers to others by their names.
    private record Arguments(Names inputs, Names targets, Names parameters, Names nodes) {
        Source source(Fields fields) {
            List<String> origins = Stream.of("input", "target", "node")
                    .filter(f -> fields.optional(f).isPresent())
                    .toList();
            if (origins.size() != 1) {
                throw fields.error("it needs exactly one of the fields input, target, node, not "
                        + (origins.isEmpty() ? "none" : String.join(" and ", origins)));
            }
            Source source = switch (origins.getFirst()) {
                case "input" -> new Source.Input(inputs.number(fields, "input"));
                case "target" -> new Source.Target(targets.number(fields, "target"));
                default -> new Source.Edge(output(fields), weight(fields));
            };
            fields.noMore();
            return source;
        }

        Output output(Fields fields) {
            return new Output(nodes.number(fields, "node"), fields.integer("component", 0));
        }

        private Weight weight(Fields fields) {
            boolean trained = fields.optional("parameter").isPresent();
            if (trained && fields.optional("weight").isPresent()) {
                throw fields.error("it has both a parameter and a fixed weight; remove one");
            }
            return trained
                    ? new Weight.Parameter(parameters.number(fields, "parameter"))
                    : new Weight.Fixed(finite(fields, "weight", fields.number("weight", 1)));
        }
    }
}
