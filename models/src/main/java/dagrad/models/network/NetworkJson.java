package dagrad.models.network;

import dagrad.models.network.ScalarNetwork.Node;
import dagrad.models.network.ScalarNetwork.Output;
import dagrad.models.network.ScalarNetwork.Source;
import dagrad.models.network.ScalarNetwork.Weight;
import dagrad.tensor.Literal;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Networks as JSON; `docs/network-json.md` describes the form. Everything is referred to by name, nodes may
/// stand in any order, and nothing is skipped: an unknown field is an error.
public final class NetworkJson {
    /// What the field `format` says.
    public static final String FORMAT = "dagrad-network-1";

    private NetworkJson() {}

    /// @throws NetworkException if the file is not a network; the message names the file, the place and the
    /// remedy
    /// @throws IOException if the file cannot be read
    public static NetworkFile read(Path file) throws IOException {
        return parse(String.valueOf(file.getFileName()), Files.readAllBytes(file));
    }

    /// @throws NetworkException if the text is not a network
    public static NetworkFile parse(String text) {
        return parse("network", text.getBytes(StandardCharsets.UTF_8));
    }

    private static NetworkFile parse(String name, byte[] text) {
        try (StrictJson json = new StrictJson(name, text)) {
            return new NetworkReader(json).read();
        }
    }

    /// The network as JSON, a line for each node.
    public static String toText(NetworkFile file) {
        ScalarNetwork network = file.network();
        String objective = network.objective()
                .map(o -> ",\n  \"objective\": " + text(json -> write(json, network, o)))
                .orElse("");
        return """
                {
                  "format": "%s",
                  "inputs": %s,
                  "targets": %s,
                  "parameters": %s,
                  "nodes": %s,
                  "outputs": %s%s
                }
                """.formatted(
                        FORMAT,
                        numbers(network.inputs(), file.inputs()),
                        numbers(network.targets(), file.targets()),
                        numbers(network.parameters(), file.theta()),
                        lines(network.nodes(), (json, n) -> write(json, network, n)),
                        lines(network.outputs(), (json, o) -> write(json, network, o)),
                        objective);
    }

    private static String numbers(List<String> names, Literal values) {
        return text(json -> {
            json.writeStartObject();
            IntStream.range(0, names.size()).forEach(i -> json.writeNumberProperty(names.get(i), values.get(i)));
            json.writeEndObject();
        });
    }

    private static void write(JsonGenerator json, ScalarNetwork network, Node node) {
        json.writeStartObject();
        json.writeStringProperty("name", node.name());
        json.writeStringProperty("activation", node.activation().text());
        json.writeArrayPropertyStart("arguments");
        node.arguments().forEach(source -> write(json, network, source));
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, ScalarNetwork network, Source source) {
        json.writeStartObject();
        switch (source) {
            case Source.Input(int j) ->
                json.writeStringProperty("input", network.inputs().get(j));
            case Source.Target(int j) ->
                json.writeStringProperty("target", network.targets().get(j));
            case Source.Edge(Output tail, Weight weight) -> {
                writeFields(json, network, tail);
                switch (weight) {
                    case Weight.Parameter(int p) ->
                        json.writeStringProperty(
                                "parameter", network.parameters().get(p));
                    case Weight.Fixed(double value) -> json.writeNumberProperty("weight", value);
                }
            }
        }
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, ScalarNetwork network, Output output) {
        json.writeStartObject();
        writeFields(json, network, output);
        json.writeEndObject();
    }

    private static void writeFields(JsonGenerator json, ScalarNetwork network, Output output) {
        Node node = network.nodes().get(output.node());
        json.writeStringProperty("node", node.name());
        if (node.components() > 1) {
            json.writeNumberProperty("component", output.component());
        }
    }

    private interface Writing<T> {
        void write(JsonGenerator json, T element);
    }

    private static <T> String lines(List<T> elements, Writing<T> element) {
        return elements.stream()
                .map(e -> "\n    " + text(json -> element.write(json, e)))
                .collect(Collectors.joining(",", "[", "\n  ]"));
    }

    private static String text(Consumer<JsonGenerator> body) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
            body.accept(json);
        }
        return text.toString();
    }
}
