package dagrad.models.network;

import dagrad.io.Json;
import dagrad.models.network.ScalarNetwork.Node;
import dagrad.models.network.ScalarNetwork.Output;
import dagrad.models.network.ScalarNetwork.Source;
import dagrad.models.network.ScalarNetwork.Weight;
import dagrad.tensor.Literal;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Networks as JSON; `docs/network-json.md` describes the form. Everything is referred to by name, nodes may
/// stand in any order, and nothing is skipped: an unknown field is an error.
public final class NetworkJson {
    static final String FORMAT = "dagrad-network";
    static final int VERSION = 1;

    /// About four million edges.
    private static final long LARGEST = 256L << 20;

    private NetworkJson() {}

    /// @throws FileException if the file cannot be read
    /// @throws FormatException if it is no network; the message names the place and the remedy
    public static NetworkFile read(Path file) {
        return parse(Json.text(file, LARGEST), file.toString());
    }

    /// @param name what messages call the text
    /// @throws FormatException if it is no network; the message names the place and the remedy
    public static NetworkFile parse(String text, String name) {
        return new NetworkReader(name).read(Json.parse(text, name));
    }

    /// The network as JSON, a line for each node.
    public static String text(NetworkFile file) {
        ScalarNetwork network = file.network();
        String objective = network.objective()
                .map(o -> ",\n  \"objective\": " + json(network, o))
                .orElse("");
        return """
                {
                  "format": "%s",
                  "version": %d,
                  "inputs": %s,
                  "targets": %s,
                  "parameters": %s,
                  "nodes": %s,
                  "outputs": %s%s
                }
                """.formatted(
                        FORMAT,
                        VERSION,
                        numbers(network.inputs(), file.inputs()),
                        numbers(network.targets(), file.targets()),
                        numbers(network.parameters(), file.theta()),
                        lines(network.nodes(), n -> json(network, n)),
                        lines(network.outputs(), o -> json(network, o)),
                        objective);
    }

    private static ObjectNode numbers(List<String> names, Literal values) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        IntStream.range(0, names.size()).forEach(i -> json.put(names.get(i), values.get(i)));
        return json;
    }

    private static <T> String lines(List<T> elements, Function<T, JsonNode> json) {
        return elements.stream()
                .map(e -> "\n    " + Json.mapper().writeValueAsString(json.apply(e)))
                .collect(Collectors.joining(",", "[", "\n  ]"));
    }

    private static ObjectNode json(ScalarNetwork network, Node node) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("name", node.name());
        json.put("activation", node.activation().text());
        ArrayNode arguments = json.putArray("arguments");
        node.arguments().forEach(source -> arguments.add(json(network, source)));
        return json;
    }

    private static ObjectNode json(ScalarNetwork network, Source source) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        return switch (source) {
            case Source.Input(int j) -> json.put("input", network.inputs().get(j));
            case Source.Target(int j) -> json.put("target", network.targets().get(j));
            case Source.Edge(Output tail, Weight.Parameter(int p)) ->
                json(network, tail).put("parameter", network.parameters().get(p));
            case Source.Edge(Output tail, Weight.Fixed(double weight)) ->
                json(network, tail).put("weight", weight);
        };
    }

    private static ObjectNode json(ScalarNetwork network, Output output) {
        Node node = network.nodes().get(output.node());
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("node", node.name());
        return node.components() == 1 ? json : json.put("component", output.component());
    }
}
