package dagrad.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.backend.Backend;
import dagrad.graph.Graph;
import dagrad.graph.Node;
import dagrad.io.Json;
import dagrad.plan.Plan;
import dagrad.precision.ModelGraph;
import dagrad.precision.Precision;
import dagrad.reference.Direction;
import dagrad.reference.ModelCheck;
import dagrad.reference.NodeCheck;
import dagrad.reference.report.CheckJson;
import dagrad.reference.report.CheckPage;
import dagrad.reference.report.CheckReport;
import dagrad.schedule.Scheduler;
import dagrad.tensor.HostTensor;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import tools.jackson.databind.JsonNode;

/// What the report says in its three forms, of a device that is right and of one that is not.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CheckReportTest {
    private static final Devices DEVICES = new Devices();

    private final ModelGraph model = ModelGraph.of("names");
    private final Backend cpu = DEVICES.open("cpu");
    private final Plan plan = Scheduler.plan(ModelCheck.withGradients(model.loss()), cpu.capabilities());
    private final CheckReport right = report(graph -> Devices.run(cpu, graph, model.inputs()));
    private final CheckReport wrong = ofAWrongDevice();

    @AfterAll
    static void close() {
        DEVICES.close();
    }

    private CheckReport report(Function<Graph, Map<String, HostTensor>> device) {
        return CheckReport.of(
                "names & <others>",
                cpu.name(),
                "f32",
                7,
                model.loss(),
                ModelCheck.of(model.loss(), Precision.F32, model.inputs(), 7, Optional.of(device)),
                Optional.empty(),
                NodeCheck.of(plan, Precision.F32, model.inputs(), device),
                Direction.of(model.loss(), model.inputs(), 2, 7));
    }

    private WrongKernel kernel() {
        return WrongKernel.all()
                .filter(kernel -> kernel.model().equals("names") && kernel.isGradient())
                .findFirst()
                .orElseThrow();
    }

    private Node node() {
        return kernel().in(plan.graph()).orElseThrow();
    }

    private CheckReport ofAWrongDevice() {
        return report(graph -> {
            // What is asked for the loss is not lowered yet; the rest is the plan's graph with other outputs.
            Node place =
                    graph.outputs().containsKey("loss") ? kernel().in(graph).orElseThrow() : node();
            return new Planted(cpu, place.id(), kernel().kernel()).evaluate(graph, model.inputs());
        });
    }

    @Test
    void theTextSaysThatAllAgree() {
        assertThat(right.agrees()).isTrue();
        assertThat(right.toText()).endsWith("all agree\n").contains("none is off by more than");
    }

    @Test
    void theTextNamesTheFirstWrongNode() {
        assertThat(wrong.agrees()).isFalse();
        assertThat(wrong.toText())
                .endsWith("they DISAGREE\n")
                .contains(plan.graph().line(node()))
                .contains("in the gradients, element [")
                .contains("computed from %");
    }

    /// The difference quotient nears the slope as the step becomes smaller, and leaves it again: the V.
    @Test
    void directionsShowTheLossAndItsTangent() {
        for (Direction direction : right.directions()) {
            List<Direction.Quotient> quotients = direction.quotients();
            double best = quotients.stream()
                    .mapToDouble(Direction.Quotient::error)
                    .min()
                    .orElseThrow();
            assertThat(best).isLessThan(1e-7 * quotients.getFirst().error());
            assertThat(best).isLessThan(quotients.getLast().error());
            Direction.Point before = direction.curve().get(direction.curve().size() / 2 - 1);
            Direction.Point after = direction.curve().get(direction.curve().size() / 2 + 1);
            double secant = (after.loss() - before.loss()) / (after.t() - before.t());
            assertThat(Math.abs(secant - direction.slope()))
                    .isLessThan(quotients.getFirst().error());
        }
    }

    @Test
    void theJsonHoldsTheNumbers() {
        JsonNode json = Json.parse(CheckJson.of(wrong), "check.json");
        NodeCheck.Row first = wrong.firstWrong().orElseThrow();
        assertThat(json.get("format").asString()).isEqualTo("dagrad-check");
        assertThat(json.get("agrees").asBoolean()).isFalse();
        assertThat(json.get("first_wrong").get("line").asString()).isEqualTo(first.line());
        assertThat(json.get("first_wrong").get("bound").asDouble()).isEqualTo(first.bound());
        assertThat(json.get("first_wrong").get("pass").asString()).isEqualTo("gradients");
        assertThat(json.get("nodes")).hasSameSizeAs(wrong.nodes());
        assertThat(json.get("parameters")).hasSameSizeAs(wrong.parameters());
        assertThat(json.get("parameters").get(0).get("ratio").asDouble())
                .isEqualTo(wrong.parameters().getFirst().ratio());
        assertThat(json.get("directions").get(0).get("slope").asDouble())
                .isEqualTo(wrong.directions().getFirst().slope());
        assertThat(Json.parse(CheckJson.of(right), "check.json").has("first_wrong"))
                .isFalse();
    }

    @Test
    void thePageIsWellFormedAndSaysInWordsWhatItShows() throws Exception {
        String page = CheckPage.of(wrong);
        Document html = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(page.getBytes(StandardCharsets.UTF_8)));
        assertThat(page).doesNotContain("<script", "http://", "https://");
        assertThat(all(html, "h1").getFirst().getTextContent()).isEqualTo("Check of names & <others>");
        assertThat(all(html, "code").getFirst().getTextContent())
                .isEqualTo(wrong.firstWrong().orElseThrow().line());
        assertThat(all(html, "svg")).hasSize(2 * wrong.directions().size());
        for (Element svg : all(html, "svg")) {
            String[] labels = svg.getAttribute("aria-labelledby").split(" ");
            assertThat(all(svg, "title").getFirst().getAttribute("id")).isEqualTo(labels[0]);
            assertThat(all(svg, "desc").getFirst().getAttribute("id")).isEqualTo(labels[1]);
            assertThat(all(svg, "desc").getFirst().getTextContent()).isNotBlank();
        }
        for (Element table : all(html, "table")) {
            assertThat(all(table, "caption")).hasSize(1);
            assertThat(all(table, "th"))
                    .allSatisfy(th -> assertThat(th.getAttribute("scope")).isIn("col", "row"));
        }
    }

    private static List<Element> all(org.w3c.dom.Node in, String tag) {
        NodeList found = in instanceof Document document
                ? document.getElementsByTagName(tag)
                : ((Element) in).getElementsByTagName(tag);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < found.getLength(); i++) {
            elements.add((Element) found.item(i));
        }
        return elements;
    }
}
