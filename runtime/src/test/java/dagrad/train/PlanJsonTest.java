package dagrad.train;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.io.Json;
import dagrad.optimizer.Optimizer.AdamW;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.Schedule;
import dagrad.optimizer.StepGraph;
import dagrad.plan.Buffer;
import dagrad.plan.Capabilities;
import dagrad.plan.Plan;
import dagrad.plan.PlanReport;
import dagrad.schedule.Scheduler;
import dagrad.tensor.TensorSpec;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class PlanJsonTest {
    private final Plan plan = Scheduler.plan(step(), Capabilities.COMPOSITES);
    private final JsonNode json = Json.parse(PlanJson.of(plan, "a device", 70), "plan.json");

    private static Graph step() {
        Graph loss = Graph.build(g -> {
            Value x = g.input("x", TensorSpec.f32(16, 4));
            Value hidden = g.scope("first", () -> g.tanh(g.matmul(x, g.parameter("w1", TensorSpec.f32(4, 8)))));
            Value y = g.scope("second", () -> g.matmul(hidden, g.parameter("w2", TensorSpec.f32(8, 2))));
            g.output("loss", g.meanSquaredError(y, g.input("y", TensorSpec.f32(16, 2))));
        });
        return StepGraph.of(loss, Recipe.of(new AdamW(), new Schedule.Constant(1e-2)))
                .graph();
    }

    @Test
    void memoryIsThatOfTheReport() {
        PlanReport report = PlanReport.of(plan);
        for (Buffer.Category category : Buffer.Category.values()) {
            JsonNode bytes = json.path("memory").path(category.name().toLowerCase(Locale.ROOT));
            assertThat(bytes).hasSize(plan.launches().size());
            assertThat(IntStream.range(0, bytes.size())
                            .mapToLong(i -> bytes.get(i).asLong())
                            .max())
                    .as(category.name())
                    .hasValue(report.most().get(category));
            assertThat(bytes.get(report.peakLaunch()).asLong())
                    .isEqualTo(report.memory().get(category));
        }
        assertThat(json.path("arena_bytes").asLong()).isEqualTo(plan.arenaBytes());
        assertThat(json.path("steps").asLong()).isEqualTo(70);
    }

    @Test
    void launchesAreToldInOrderWithWhatTheyReadFrom() {
        JsonNode launches = json.path("launches");
        assertThat(launches).hasSize(plan.launches().size());
        for (int i = 0; i < launches.size(); i++) {
            int number = i;
            assertThat(launches.get(i).path("computes").stringValue())
                    .isEqualTo(plan.launches().get(i).label());
            assertThat(launches.get(i).path("after")).allMatch(before -> before.asInt() < number);
            boolean readsNothing = plan.launches().get(i).reads().isEmpty();
            assertThat(launches.get(i).path("after").size()
                            + launches.get(i).path("inputs").size())
                    .as("launch %d has reads that nobody wrote", i)
                    .matches(sources -> readsNothing || sources > 0);
        }
    }

    @Test
    void layersAreThoseOfTheScopesAndGradientsBelongToThem() {
        assertThat(json.path("launches"))
                .extracting(launch -> launch.path("phase").stringValue() + " "
                        + launch.path("layer").stringValue())
                .contains("forward first", "forward second", "gradient first", "gradient second", "optimizer ");
    }

    @Test
    void operationsThatAreFusedAreToldOfTogether() {
        assertThat(json.path("launches"))
                .anySatisfy(launch -> assertThat(launch.path("nodes"))
                        .extracting(node -> node.path("operation").stringValue())
                        .contains("sqrt", "add", "mul"));
    }

    @Test
    void stepsAreMeasuredRarelyAndForEver() {
        assertThat(IntStream.rangeClosed(1, 5000).filter(LaunchTimes::areDueAt)).containsExactly(8, 64, 512, 4096);
    }
}
