package dagrad.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dagrad.graph.Graph;
import dagrad.graph.Node;
import dagrad.graph.Op;
import dagrad.graph.Pointwise;
import dagrad.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// docs/graph-json.md says what the code does, and leaves nothing out. (That its examples compute what it says is
/// checked by the integration tests, which have an interpreter.)
class GraphJsonDocumentTest {
    private static final String DOCUMENT = document();

    private static String document() {
        try {
            return Files.readString(Path.of("..", "docs", "graph-json.md"));
        } catch (IOException e) {
            throw new AssertionError("the tests run in their module's folder", e);
        }
    }

    /// The tables' rows by the operation they describe.
    private static Map<String, String> rows() {
        String tables =
                DOCUMENT.substring(DOCUMENT.indexOf("## Inputs and constants"), DOCUMENT.indexOf("## At kinks"));
        Map<String, String> rows = new TreeMap<>();
        Pattern.compile("^\\| `(\\w+)` \\|.*$", Pattern.MULTILINE)
                .matcher(tables)
                .results()
                .forEach(row -> assertThat(rows.put(row.group(1), row.group()))
                        .as("a second row for %s", row.group(1))
                        .isNull());
        return rows;
    }

    private static Map<String, String> blocks(String kind) {
        return Pattern.compile("^```json " + kind + "=([\\w-]+)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(DOCUMENT)
                .results()
                .collect(Collectors.toMap(b -> b.group(1), b -> b.group(2), (a, b) -> a, LinkedHashMap::new));
    }

    @Test
    void theSampleGraphHasEveryOperation() {
        assertThat(EveryOp.graph().nodes().stream()
                        .map(Node::op)
                        .<Class<?>>map(Op::getClass)
                        .distinct())
                .containsExactlyInAnyOrderElementsOf(EveryOp.classes());
    }

    @Test
    void everyOperationIsDescribedAndNoOther() {
        assertThat(rows().keySet()).containsExactlyElementsOf(OpReader.names());
        assertThat(EveryOp.graph().nodes().stream()
                        .map(node -> node.op().name())
                        .distinct())
                .containsExactlyInAnyOrderElementsOf(OpReader.names());
    }

    @Test
    void everyAttributeIsDescribed() {
        Map<String, String> rows = rows();
        JsonNode nodes =
                Json.parse(GraphJson.text(EveryOp.graph()), "every.json").get("nodes");
        for (JsonNode node : nodes) {
            List<String> attributes = node.propertyNames().stream()
                    .filter(field -> !List.of("op", "in", "scope").contains(field))
                    .toList();
            String op = node.get("op").stringValue();
            attributes.forEach(
                    field -> assertThat(rows.get(op)).as("attribute of %s", op).contains("`" + field + "`"));
        }
    }

    @Test
    void theRowsOfElementwiseFunctionsNameTheirOperands() {
        Map<String, String> rows = rows();
        for (Node node : EveryOp.graph().nodes()) {
            if (node.op() instanceof Pointwise op) {
                String operands = List.of("x", "x, y", "x, y, z").get(op.operands() - 1);
                boolean floatsOnly = !op.fn().accepts(DType.I32);
                assertThat(rows.get(op.name()))
                        .startsWith("| `" + op.name() + "` | " + operands + (floatsOnly ? " *F* |" : " |"));
            }
        }
    }

    @Test
    void theExamplesAreGraphs() {
        Map<String, String> examples = blocks("graph");
        assertThat(examples).hasSizeGreaterThanOrEqualTo(2);
        assertThat(blocks("values")).containsOnlyKeys(examples.keySet());
        examples.forEach((name, text) -> {
            Graph graph = GraphJson.parse(text, name).verify();
            assertThat(GraphJson.parse(GraphJson.text(graph), name).fingerprint())
                    .isEqualTo(graph.fingerprint());
        });
    }

    @Test
    void theErrorsAreReal() {
        String example = blocks("graph").get("softmax-regression");
        Map<String, String> mistakes = Map.of(
                "\"matmul\"", "\"matmull\"",
                "\"in\": [\"x\", \"w\"]", "\"in\": [\"x\", \"loss\"]",
                "\"shape\": [2, 3]", "\"shape\": [3, 3]");
        mistakes.forEach((right, wrong) -> {
            FormatException e = catchThrowableOfType(
                    FormatException.class, () -> GraphJson.parse(example.replace(right, wrong), "net.json"));
            assertThat(DOCUMENT).contains("\n" + e.getMessage() + "\n");
        });
    }
}
