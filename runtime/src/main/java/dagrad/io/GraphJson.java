package dagrad.io;

import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Node;
import dagrad.graph.Value;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Graphs as JSON, for people and other frameworks to write and to read; docs/graph-json.md is its complete
/// description.
///
/// ```json
/// {"format": "dagrad-graph", "version": 1,
///  "nodes": [
///   {"op": "input", "name": "x", "type": "f32", "shape": [8, 4]},
///   {"op": "exp", "in": ["x"]}
///  ],
///  "outputs": {"y": 1}}
/// ```
///
/// Reading what was written gives the same graph, with the same fingerprint. Source lines are not kept; errors that the
/// graph leads to later on name the file and the node instead.
public final class GraphJson {
    static final String FORMAT = "dagrad-graph";
    static final int VERSION = 1;

    /// Graphs hold structure; large tensors travel as safetensors.
    private static final long LARGEST = 256L << 20;

    private GraphJson() {}

    /// @throws FileException if the file cannot be read
    /// @throws FormatException if it is no graph; the message names the node
    public static Graph read(Path file) {
        return parse(Json.text(file, LARGEST), file.toString());
    }

    /// @param name what messages call the text
    /// @throws FormatException if it is no graph; the message names the node
    public static Graph parse(String text, String name) {
        return new GraphReader(name).read(Json.parse(text, name));
    }

    /// Writes a file, atomically.
    ///
    /// @throws FileException if that fails
    public static void write(Graph graph, Path file) {
        AtomicFile.write(file, text(graph).getBytes(StandardCharsets.UTF_8));
    }

    /// The graph as JSON, one line for each node.
    public static String text(Graph graph) {
        ObjectNode outputs = JsonNodeFactory.instance.objectNode();
        graph.outputs().forEach((name, value) -> outputs.set(name, reference(value)));
        ObjectNode updates = JsonNodeFactory.instance.objectNode();
        graph.updates().forEach((state, value) -> updates.set(label(graph, state), reference(value)));
        String nodes = graph.nodes().stream()
                .map(node -> "  " + Json.mapper().writeValueAsString(json(node)))
                .collect(Collectors.joining(",\n"));
        return """
                {"format":"%s","version":%d,
                 "nodes":[
                %s
                 ],
                 "outputs":%s,
                 "updates":%s}
                """.formatted(FORMAT, VERSION, nodes, outputs, updates);
    }

    private static ObjectNode json(Node node) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        OpWriter.write(node.op(), json);
        if (!node.inputs().isEmpty()) {
            ArrayNode in = json.putArray("in");
            node.inputs().forEach(value -> in.add(reference(value)));
        }
        if (!node.origin().scope().isEmpty()) {
            json.put("scope", node.origin().scope());
        }
        return json;
    }

    /// A node's number, or `[node, output]` for a result that is not its first.
    private static JsonNode reference(Value value) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return value.output() == 0
                ? nodes.numberNode(value.node())
                : nodes.arrayNode().add(value.node()).add(value.output());
    }

    private static String label(Graph graph, Value state) {
        if (graph.node(state).op() instanceof Input input) {
            return input.label();
        }
        throw new IllegalArgumentException("update of " + graph.line(graph.node(state)) + ", which is no input");
    }
}
