package dagrad.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dagrad.gradient.Gradients;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Value;
import dagrad.reference.GraphInterpreter;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// The examples of docs/graph-json.md, read from the document, compute what it says.
class GraphJsonExamplesTest {
    private static String block(String info) throws IOException {
        String document = Files.readString(Path.of("..", "docs", "graph-json.md"));
        return Pattern.compile("^```json " + info + "\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(document)
                .results()
                .map(block -> block.group(1))
                .collect(Collectors.collectingAndThen(Collectors.toList(), blocks -> {
                    assertThat(blocks).as(info).hasSize(1);
                    return blocks.getFirst();
                }));
    }

    private static double[] numbers(JsonNode list) {
        return list.valueStream().mapToDouble(JsonNode::doubleValue).toArray();
    }

    /// The graph with the gradients of its loss as further outputs.
    private static Graph differentiated(Graph graph) {
        return Graph.build(g -> {
            Function<Value, Value> here = g.inline(graph, Map.of());
            graph.outputs().forEach((name, value) -> g.output(name, here.apply(value)));
            graph.updates().forEach((state, value) -> g.update(here.apply(state), here.apply(value)));
            graph.inputs(Input.Kind.PARAMETER).forEach((name, p) -> {
                Value parameter = here.apply(p);
                Value loss = here.apply(graph.output("loss"));
                g.output(
                        "gradient/" + name,
                        Gradients.of(g, loss, List.of(parameter)).get(parameter));
            });
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"softmax-regression", "descent"})
    void anExampleComputesWhatTheDocumentSays(String name) throws IOException {
        Graph graph = GraphJson.parse(block("graph=" + name), name);
        JsonNode values = Json.parse(block("values=" + name), name + " values");
        Map<String, HostTensor> inputs = new HashMap<>();
        graph.inputs().forEach((label, value) -> {
            TensorSpec spec = graph.spec(value);
            DType dtype = spec.dtype().isFloating() ? DType.F64 : spec.dtype();
            inputs.put(
                    label,
                    HostTensor.of(
                            spec.withDtype(dtype), numbers(values.get("inputs").get(label))));
        });
        GraphInterpreter.Result result = GraphInterpreter.exact().evaluate(differentiated(graph), inputs);
        assertSame(result.outputs(), values.get("outputs"), "");
        assertSame(result.outputs(), values.get("gradients"), "gradient/");
        assertThat(result.updates())
                .hasSize(values.has("updates") ? values.get("updates").size() : 0);
        if (values.has("updates")) {
            assertSame(result.updates(), values.get("updates"), "");
        }
    }

    private static void assertSame(Map<String, HostTensor> actual, JsonNode expected, String prefix) {
        assertThat(expected.size()).isPositive();
        expected.properties().forEach(each -> {
            double[] wanted = numbers(each.getValue());
            double[] got = actual.get(prefix + each.getKey()).doubles();
            assertThat(got).as(each.getKey()).hasSize(wanted.length);
            for (int i = 0; i < got.length; i++) {
                assertThat(got[i])
                        .as(each.getKey())
                        .isCloseTo(wanted[i], within(1e-5 * Math.max(0.1, Math.abs(wanted[i]))));
            }
        });
    }
}
