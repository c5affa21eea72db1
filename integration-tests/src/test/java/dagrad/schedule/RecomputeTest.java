package dagrad.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dagrad.cuda.code.CudaCapabilities;
import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.models.bench.Extent;
import dagrad.models.bench.Gpt2;
import dagrad.models.jobs.Jobs;
import dagrad.optimizer.StepGraph;
import dagrad.plan.Capabilities;
import dagrad.plan.Plan;
import dagrad.plan.PlanChecker;
import dagrad.plan.PlanReport;
import dagrad.precision.Precision;
import dagrad.schedule.Planned.Device;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// What does not fit is computed again: less memory, the same results.
class RecomputeTest {
    private static final Capabilities GPU = CudaCapabilities.INSTANCE;

    @Provide
    Arbitrary<List<Integer>> programs() {
        return Arbitraries.integers().list().ofMinSize(1).ofMaxSize(14);
    }

    /// Whatever is chosen to be computed again, the plan computes what the graph does.
    @Property(tries = 200)
    void anyChoiceComputesTheSame(
            @ForAll("programs") List<Integer> program, @ForAll Device device, @ForAll long choice) {
        Graph graph = RandomGraphs.withGradients(program);
        Recompute recompute = new Recompute(Scheduler.plan(graph, device));
        Random random = new Random(choice);
        Set<Value> again = recompute.repeatable().stream()
                .filter(_ -> random.nextBoolean())
                .collect(Collectors.toSet());
        Plan plan = planned(recompute, again, device);
        Planned.agrees(graph, plan, device, RandomGraphs.numbersFor(graph, 5));
    }

    /// Otherwise more would be computed than was asked for. What fusion repeats on either side of the cut may differ.
    @Example
    void nothingChosenIsLittleChanged() {
        Jobs.losses().forEach((name, loss) -> {
            Graph step = StepGraph.of(loss.apply(Extent.SMALL), Gpt2.recipe()).graph();
            for (Capabilities device : Device.values()) {
                Plan plan = Scheduler.plan(step, device);
                Plan same = planned(new Recompute(plan), Set.of(), device);
                assertThat((double) PlanReport.of(same).total().flops())
                        .as("operations of %s for %s", name, device)
                        .isCloseTo((double) PlanReport.of(plan).total().flops(), withinPercentage(25));
            }
        });
    }

    /// Four layers of GPT-2, whose logits take a third of the memory: what is left goes down by half.
    @Example
    void theMoreIsSavedTheMoreIsComputed() {
        Graph step = step();
        Plan whole = Scheduler.plan(step, GPU);
        long first = whole.arenaBytes();
        long operations = PlanReport.of(whole).total().flops();
        for (double share : new double[] {0.95, 0.85, 0.75, 0.7}) {
            Plan plan = Scheduler.plan(step, GPU, (long) (share * first));
            assertThat(plan.arenaBytes()).isLessThanOrEqualTo((long) (share * first));
            assertThat(PlanChecker.problems(plan, GPU)).isEmpty();
            long more = PlanReport.of(plan).total().flops();
            assertThat(more).isGreaterThanOrEqualTo(operations);
            operations = more;
        }
        assertThat(operations).isLessThan(4 * PlanReport.of(whole).total().flops() / 3);
    }

    @Example
    void whatFitsIsLeftAsItIs() {
        Graph step = step();
        Plan whole = Scheduler.plan(step, GPU);
        assertThat(Scheduler.plan(step, GPU, whole.arenaBytes()).toString()).isEqualTo(whole.toString());
    }

    /// The least that was found is given where nothing fits.
    @Example
    void whatCannotFitIsAsSmallAsCanBe() {
        Graph step = step();
        Plan least = Scheduler.plan(step, GPU, 0);
        assertThat(least.arenaBytes())
                .isPositive()
                .isLessThan(7 * Scheduler.plan(step, GPU).arenaBytes() / 10);
    }

    private static Graph step() {
        Graph loss = Gpt2.PUBLISHED.withLayers(4).withVocabulary(50304).loss(16);
        return StepGraph.of(loss, Gpt2.recipe().in(Precision.BF16)).graph();
    }

    private static Plan planned(Recompute recompute, Set<Value> again, Capabilities device) {
        Recompute.Result result = recompute.apply(again);
        return Scheduler.emit(result.graph(), result.phases(), device);
    }
}
