package dagrad.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.cuda.code.CudaCapabilities;
import dagrad.models.bench.Gpt2;
import dagrad.optimizer.StepGraph;
import dagrad.plan.Buffer;
import dagrad.plan.Launch;
import dagrad.plan.Plan;
import dagrad.plan.PlanChecker;
import dagrad.precision.Precision;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a step of GPT-2 124M becomes on GPUs: few launches, and no memory for what need not be kept.
class Gpt2PlanTest {
    private static final int BATCH = 16;
    private static final int TOKENS = BATCH * Gpt2.PUBLISHED.context();

    private static Plan plan(int layers, Precision precision) {
        Gpt2 model = Gpt2.PUBLISHED.withLayers(layers);
        return Scheduler.plan(
                StepGraph.of(model.loss(BATCH), Gpt2.recipe().in(precision)).graph(), CudaCapabilities.INSTANCE);
    }

    /// 12 products, 2 of attention, and 8 for all that is elementwise or a sum.
    @ParameterizedTest
    @EnumSource
    void aLayerTakesTwentyTwoLaunches(Precision precision) {
        int layer = plan(3, precision).launches().size()
                - plan(2, precision).launches().size();
        assertThat(layer).isEqualTo(22);
    }

    @ParameterizedTest
    @EnumSource
    void itCanBeRun(Precision precision) {
        assertThat(PlanChecker.problems(plan(2, precision), CudaCapabilities.INSTANCE))
                .isEmpty();
    }

    /// The logits' gradient lies over them, and attention's scores are nowhere.
    @ParameterizedTest
    @EnumSource
    void noScoresAndOneBufferForLogits(Precision precision) {
        Plan plan = plan(2, precision);
        int bytes = precision == Precision.BF16 ? 2 : 4;
        long logits = (long) TOKENS * Gpt2.PUBLISHED.vocabulary() * bytes;
        long scores = (long) TOKENS * Gpt2.PUBLISHED.context() * Gpt2.PUBLISHED.heads() * bytes;
        List<Long> large = plan.buffers().stream()
                .filter(b -> b.category() == Buffer.Category.ACTIVATION)
                .map(Buffer::bytes)
                .filter(size -> size >= logits / 2)
                .toList();
        assertThat(large).containsExactly(logits);
        assertThat(plan.buffers()).extracting(Buffer::bytes).doesNotContain(scores, scores * 2, scores / 2);
    }

    /// Parameters that decay and those that do not are a tensor each, and each takes one launch.
    @ParameterizedTest
    @EnumSource
    void theOptimizerTakesALaunchForEachFlatTensor(Precision precision) {
        Plan plan = plan(2, precision);
        long updates = plan.launches().stream()
                .filter(launch -> writesParameters(plan, launch))
                .count();
        assertThat(updates).isEqualTo(2);
    }

    private static boolean writesParameters(Plan plan, Launch launch) {
        return launch.writes().stream()
                .anyMatch(w -> plan.buffers().get(w.slot().buffer()).category() == Buffer.Category.PARAMETER);
    }
}
