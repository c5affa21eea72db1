package dagrad.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.schedule.Scheduler;
import dagrad.tensor.TensorSpec;
import org.junit.jupiter.api.Test;

/// The report against numbers worked out by hand.
final class PlanReportTest {
    private static final int BATCH = 8;
    private static final int IN = 20;
    private static final int OUT = 30;

    /// One linear layer with ReLU, kept as an output.
    private static Plan linear() {
        Graph graph = Graph.build(g -> {
            Value x = g.input("x", TensorSpec.f32(BATCH, IN));
            Value y = g.linear(
                    x, g.parameter("weight", TensorSpec.f32(OUT, IN)), g.parameter("bias", TensorSpec.f32(OUT)));
            g.output("y", g.relu(y));
        });
        return Scheduler.plan(graph, Capabilities.PRIMITIVES);
    }

    @Test
    void countsOperationsAndBytes() {
        PlanReport report = PlanReport.of(linear());
        assertThat(report.kinds().get("gemm"))
                .isEqualTo(new PlanReport.Kind(
                        1, new Cost(2L * BATCH * IN * OUT, 4L * (BATCH * IN + IN * OUT + BATCH * OUT))));
        // Adds the bias [30] and takes the positive part: two operations an element, in place.
        assertThat(report.kinds().get("fused"))
                .isEqualTo(new PlanReport.Kind(1, new Cost(2L * BATCH * OUT, 4L * (2 * BATCH * OUT + OUT))));
        assertThat(report.launches()).isEqualTo(2);
        assertThat(report.total().flops()).isEqualTo(2L * BATCH * IN * OUT + 2L * BATCH * OUT);
    }

    @Test
    void tellsMemoryByCategory() {
        PlanReport report = PlanReport.of(linear());
        assertThat(report.memory())
                .containsEntry(Buffer.Category.PARAMETER, 4L * (IN * OUT + OUT))
                .containsEntry(Buffer.Category.INPUT, 4L * BATCH * IN)
                .containsEntry(Buffer.Category.ACTIVATION, 4L * BATCH * OUT)
                .containsEntry(Buffer.Category.GRADIENT, 0L);
        assertThat(report.arenaBytes())
                .isGreaterThanOrEqualTo(
                        report.memory().values().stream().mapToLong(b -> b).sum());
    }

    @Test
    void printsAlignedTablesInHumanUnits() {
        String text = PlanReport.of(linear()).toText();
        assertThat(text.lines().limit(4).map(String::length)).as("aligned").containsOnly(text.indexOf('\n'));
        assertThat(text.replaceAll(" +", " "))
                .contains("gemm 1 9.60 k 4.00 kB 2.40\n", "parameter 2.52 kB 2.52 kB\n", "the peak is during launch 0");
        assertThat(PlanReport.human(999)).isEqualTo("999 ");
        assertThat(PlanReport.human(1000)).isEqualTo("1.00 k");
        assertThat(PlanReport.human(999_950)).isEqualTo("1.00 M");
    }
}
