package dagrad.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.cuda.code.CudaCapabilities;
import dagrad.cuda.code.Lowering;
import dagrad.models.bench.Gpt2;
import dagrad.optimizer.StepGraph;
import dagrad.plan.Buffer;
import dagrad.plan.Card;
import dagrad.plan.Cards;
import dagrad.plan.Launch;
import dagrad.plan.Plan;
import dagrad.plan.PlanChecker;
import dagrad.precision.Precision;
import java.util.List;
import org.junit.jupiter.api.Test;
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

    /// Parameters that decay and those that do not are a tensor each, and are changed by one launch, which is one kernel.
    @ParameterizedTest
    @EnumSource
    void theOptimizerTakesOneLaunch(Precision precision) {
        Plan plan = plan(2, precision);
        assertThat(plan.inputs().keySet()).contains("params/decay", "params/no_decay");
        List<Launch> updates = plan.launches().stream()
                .filter(launch -> writesParameters(plan, launch))
                .toList();
        assertThat(updates).hasSize(1);
        Card card = Cards.named("h100");
        assertThat(new Lowering(card).of(updates.getFirst(), 0).calls()).hasSize(1);
    }

    /// Less than PyTorch keeps at the end of the loss in its leanest form, all in bf16 and nothing compiled; docs/gpu.md has
    /// its table line by line. By then it has parameters and AdamW's two moments; for each layer both norms' inputs and
    /// results, q, k and v, attention's result (8 times the width), and both sides of GELU (8 times the width again); and of
    /// the logits the values, log_softmax, which is kept, and the gradient.
    @Test
    void theArenaIsSmallerThanWhatPyTorchNeeds() {
        Gpt2 model = Gpt2.PUBLISHED;
        Plan plan = plan(model.layers(), Precision.BF16);
        long parameters = plan.buffers().stream()
                        .filter(b -> b.category() == Buffer.Category.PARAMETER)
                        .mapToLong(Buffer::bytes)
                        .sum()
                / Float.BYTES;
        long layers = 2L * 16 * TOKENS * model.width() * model.layers();
        long logits = 2L * 3 * TOKENS * model.vocabulary();
        long torch = 2L * 3 * parameters + layers + logits;
        assertThat(torch).isBetween(10_500_000_000L, 10_600_000_000L);
        assertThat(plan.arenaBytes()).isLessThan(9_100_000_000L).isLessThan(torch);
    }

    private static boolean writesParameters(Plan plan, Launch launch) {
        return launch.writes().stream()
                .anyMatch(w -> plan.buffers().get(w.slot().buffer()).category() == Buffer.Category.PARAMETER);
    }
}
