package dagrad.train;

import static dagrad.tensor.TensorSpec.f32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.optimizer.Optimizer;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.Schedule;
import dagrad.reference.ReferenceBackend;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;

/// The loop, on the float64 reference and a model of one number w: the mean over the batch of (w - x)².
class TrainerTest {
    private static final Model NEAREST = batch -> Graph.build(g -> {
        Value distance = g.sub(g.parameter("w", f32()), g.input("x", f32(batch)));
        g.output("loss", g.mean(g.square(distance)));
        g.output("bias", g.mean(distance));
        g.output("each", distance);
    });

    private static final Recipe SLOW = Recipe.of(new Optimizer.Sgd(), new Schedule.Constant(0.1));

    private static Map<String, HostTensor> batch(double... x) {
        return Map.of("x", HostTensor.of(f32(x.length), x));
    }

    /// The same batch for ever.
    private static Iterator<Map<String, HostTensor>> always(double... x) {
        return Stream.generate(() -> batch(x)).iterator();
    }

    private static List<Event> train(
            Model model,
            Recipe recipe,
            Settings settings,
            Iterator<Map<String, HostTensor>> batches,
            List<Map<String, HostTensor>> validation,
            Consumer<Trainer> after) {
        List<Event> events = new ArrayList<>();
        AtomicLong clock = new AtomicLong();
        try (Trainer trainer =
                new Trainer(new ReferenceBackend(), model, recipe, settings, () -> clock.addAndGet(500_000_000))) {
            trainer.listen(events::add);
            trainer.train(batches, validation);
            after.accept(trainer);
        }
        return events;
    }

    private static List<Event.Step> steps(List<Event> events) {
        return events.stream()
                .filter(Event.Step.class::isInstance)
                .map(Event.Step.class::cast)
                .toList();
    }

    private static double weight(Trainer trainer) {
        return trainer.parameters().get("w").scalar();
    }

    @Test
    void followsTheRecipeAndTellsEachStep() {
        Recipe recipe = Recipe.of(new Optimizer.Sgd(), new Schedule.Linear(0.1, 0.2, 10));
        double[] w = {0};
        List<Event> events = train(NEAREST, recipe, Settings.of(2, 10), always(1, 3), List.of(), trainer -> {
            for (int k = 0; k < 10; k++) {
                w[0] -= (0.1 + 0.01 * k) * 2 * (w[0] - 2);
            }
            assertThat(weight(trainer)).isCloseTo(w[0], within(1e-6));
        });
        assertThat(events.getFirst()).isEqualTo(new Event.Started(new ReferenceBackend().name(), 1, 10));
        Event.Step first = (Event.Step) events.get(1);
        assertThat(first.step()).isEqualTo(1);
        assertThat(first.loss()).isEqualTo(5);
        assertThat(first.outputs()).isEqualTo(Map.of("bias", -2.0));
        assertThat(first.learningRate()).isEqualTo(0.1);
        assertThat(first.gradientNorm().orElseThrow()).isEqualTo(4);
        assertThat(first.validation()).isEmpty();
        assertThat(first.itemsPerSecond()).isEqualTo(4); // 2 examples in the half second between two looks at the clock
        assertThat(steps(events)).extracting(Event.Step::step).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
        Event.Finished finished = (Event.Finished) events.getLast();
        assertThat(finished.reason()).isEqualTo(Event.Reason.STEPS_DONE);
        assertThat(finished.steps()).isEqualTo(10);
        assertThat(finished.best()).isEmpty();
    }

    @Test
    void accumulatesBatchesToSteps() {
        Iterator<Map<String, HostTensor>> pairs = List.of(
                        batch(1, 3), batch(5, 7), batch(0, 0), batch(8, 8), batch(9, 9))
                .iterator();
        List<Event> events = train(NEAREST, SLOW.accumulating(2), Settings.of(2, 100), pairs, List.of(), trainer -> {
            double w = 0.1 * 2 * 4;
            w -= 0.1 * 2 * (w - 4);
            assertThat(weight(trainer)).isCloseTo(w, within(1e-6));
        });
        assertThat(steps(events)).hasSize(2);
        assertThat(steps(events).getFirst().loss()).isEqualTo((5 + 37) / 2.0);
        assertThat(steps(events).getFirst().gradientNorm().orElseThrow()).isEqualTo(8);
        assertThat(((Event.Finished) events.getLast()).reason()).isEqualTo(Event.Reason.DATA_ENDED);
    }

    /// 3 examples and then 1: each of the four counts the same. The tensor output is no mean and is left out.
    @Test
    void evaluatesEverySoManyStepsAndAtTheEndWeighingBatchesBySize() {
        List<Map<String, HostTensor>> validation = List.of(batch(1, 2, 3), batch(6));
        Settings settings = Settings.of(1, 5).evaluatedEvery(2);
        List<Event> events = train(NEAREST, SLOW, settings, always(10), validation, _ -> {});
        double w = 0;
        for (Event.Step step : steps(events)) {
            w -= 0.2 * (w - 10);
            if (step.step() == 1 || step.step() == 3) {
                assertThat(step.validation()).isEmpty();
            } else {
                double centre = w;
                double loss = DoubleStream.of(1, 2, 3, 6)
                        .map(x -> (centre - x) * (centre - x))
                        .average()
                        .orElseThrow();
                assertThat(step.validation()).containsOnlyKeys("loss", "bias");
                assertThat(step.validation().get("loss")).isCloseTo(loss, within(1e-5));
                assertThat(step.validation().get("bias")).isCloseTo(w - 3, within(1e-5));
            }
        }
    }

    /// Training pulls w to 10; validation likes 3 best. w passes 3 after the second step: 2, 3.6, 4.88, ….
    @Test
    void stopsWhenEvaluationsDoNotImproveAndPutsTheBestBack() {
        Settings settings = Settings.of(1, 100).evaluatedEvery(1).stoppedAfter(3);
        List<Event> events = train(
                NEAREST,
                SLOW,
                settings,
                always(10),
                List.of(batch(3)),
                trainer -> assertThat(weight(trainer)).isCloseTo(3.6, within(1e-6)));
        Event.Finished finished = (Event.Finished) events.getLast();
        assertThat(finished.reason()).isEqualTo(Event.Reason.NO_IMPROVEMENT);
        assertThat(finished.steps()).isEqualTo(5);
        assertThat(finished.bestStep()).isEqualTo(2);
        assertThat(finished.best().get("loss")).isCloseTo(0.36, within(1e-6));
    }

    private static final Model NOISY = batch -> Graph.build(g -> {
        Value w = g.parameter("layer/weight", f32(3, 4));
        Value y = g.dropout(g.linear(g.input("x", f32(batch, 4)), w), 0.5);
        g.output("loss", g.mean(g.square(g.sub(y, 1))));
    });

    private static List<Double> lossesOf(long seed) {
        SplittableRandom random = new SplittableRandom(1);
        Iterator<Map<String, HostTensor>> batches = Stream.generate(() ->
                        Map.of("x", HostTensor.of(f32(8, 4), random.doubles(32).toArray())))
                .iterator();
        Settings settings = Settings.of(8, 10).seeded(seed);
        return steps(train(NOISY, SLOW, settings, batches, List.of(), _ -> {})).stream()
                .map(Event.Step::loss)
                .toList();
    }

    @Test
    void theSeedDecidesAll() {
        assertThat(lossesOf(5)).isEqualTo(lossesOf(5));
        assertThat(lossesOf(5)).doesNotContainAnyElementsOf(lossesOf(6));
    }

    /// Batch norm: trained by the batch's own statistics, evaluated by the running ones, which the two graphs share.
    @Test
    void evaluationSeesTheStatesOfTraining() {
        Model model = new Model() {
            @Override
            public Graph training(int batch) {
                return Graph.build(g -> {
                    Value gain = g.parameter("gain", f32(1));
                    Value x = g.input("x", f32(batch, 1));
                    Value y = g.batchNorm(x, gain, g.zerosLike(gain), mean(g), variance(g), 0.5, 0);
                    g.output("loss", g.mean(g.square(y)));
                });
            }

            @Override
            public Graph evaluation(int batch) {
                return Graph.build(g -> {
                    Value gain = g.parameter("gain", f32(1));
                    g.input("x", f32(batch, 1));
                    g.output("loss", g.sum(g.mul(mean(g), g.add(g.mul(gain, 0), 1))));
                    g.output("variance", g.sum(variance(g)));
                });
            }

            private Value mean(GraphBuilder g) {
                return g.state("running_mean", f32(1));
            }

            private Value variance(GraphBuilder g) {
                return g.state("running_variance", f32(1));
            }
        };
        Map<String, HostTensor> batch = Map.of("x", HostTensor.of(f32(2, 1), 3, 5));
        List<Event> events = train(
                model, SLOW, Settings.of(2, 2), Collections.nCopies(5, batch).iterator(), List.of(batch), _ -> {});
        Map<String, Double> evaluated = steps(events).getLast().validation();
        assertThat(evaluated.get("loss")).isCloseTo(4 * 0.75, within(1e-6));
        assertThat(evaluated.get("variance")).isCloseTo(2 * 0.75, within(1e-6));
    }

    @Test
    void aBatchThatDoesNotFitIsNamed() {
        fails(List.of(batch(1, 2), batch(1, Double.NaN)))
                .isInstanceOf(TrainingException.class)
                .hasMessage("step 2: the batch's input \"x\" f32[2] holds NaN at element 1, in example 1;"
                        + " remove or repair such examples");
        fails(List.of(batch(Double.NEGATIVE_INFINITY, 2))).hasMessageContaining("holds -Infinity at element 0");
        fails(List.of(batch(1))).hasMessageContaining("step 1: the input \"x\" is f32[2], and the batch has f32[1]");
        fails(List.of(batch())).hasMessageContaining("the batch has f32[0] for it");
        fails(List.of(Map.of("y", HostTensor.zeros(TensorSpec.i32(2)))))
                .hasMessageContaining("the batch lacks the input \"x\" f32[2]; it has [y]");
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> fails(List<Map<String, HostTensor>> batches) {
        return assertThatThrownBy(
                () -> train(NEAREST, SLOW, Settings.of(2, 9), batches.iterator(), List.of(), _ -> {}));
    }

    @Test
    void badValidationDataIsNamed() {
        assertThatThrownBy(() -> train(NEAREST, SLOW, Settings.of(1, 1), always(1), List.of(batch()), _ -> {}))
                .hasMessage("a batch without examples; it has [x]");
        Map<String, HostTensor> uneven =
                Map.of("x", HostTensor.zeros(f32(2)), "y", HostTensor.zeros(TensorSpec.i32(3)));
        assertThatThrownBy(() -> train(NEAREST, SLOW, Settings.of(1, 1), always(1), List.of(uneven), _ -> {}))
                .hasMessageContaining("different numbers of examples");
    }

    @Test
    void aLossThatIsNotFiniteStopsTrainingAndNamesTheStep() {
        Recipe wild = Recipe.of(new Optimizer.Sgd(), new Schedule.Constant(500));
        assertThatThrownBy(() -> train(NEAREST, wild, Settings.of(1, 100), always(1), List.of(), _ -> {}))
                .isInstanceOf(TrainingException.class)
                .hasMessageMatching("step 8: the loss is Infinity; a smaller learning rate \\(it is 500.0 here\\)"
                        + " or clipped gradients may prevent that");
    }

    @Test
    void settingsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> Settings.of(0, 1)).hasMessage("a batch has at least 1 example, not 0");
        assertThatThrownBy(() -> Settings.of(1, 0)).hasMessage("there must be at least 1 step, not 0");
        assertThatThrownBy(() -> Settings.of(1, 1).stoppedAfter(-1)).hasMessageContaining("patience");
    }
}
