package dagrad.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dagrad.backend.Backend;
import dagrad.backend.Executable;
import dagrad.cpu.CpuBackend;
import dagrad.data.Batches;
import dagrad.data.Examples;
import dagrad.models.Mlp;
import dagrad.optimizer.Optimizer;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.Schedule;
import dagrad.plan.Capabilities;
import dagrad.plan.Plan;
import dagrad.tensor.HostTensor;
import dagrad.train.checkpoint.State;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is said of a training's memory before it begins, and what becomes of one that does not fit.
class RoomTest {
    private static final int BATCH = 1024;
    private static final Recipe RECIPE = Recipe.of(new Optimizer.AdamW(), new Schedule.Constant(1e-3));
    /// Ten layers whose activations are most of the memory.
    private static final Mlp DEEP = deep();

    @TempDir
    private Path temporary = Path.of("");

    private static Mlp deep() {
        Integer[] sizes = new Integer[12];
        Arrays.fill(sizes, 64);
        sizes[11] = 10;
        return new Mlp(List.of(sizes), Mlp.Activation.GELU, Mlp.Objective.CROSS_ENTROPY);
    }

    /// A device with as little memory as one likes.
    private record Small(Backend whole, long size, AtomicLong taken) implements Backend {
        Small(Backend whole, long size) {
            this(whole, size, new AtomicLong());
        }

        @Override
        public long memory() {
            return size - taken.get();
        }

        @Override
        public String name() {
            return "a small device";
        }

        @Override
        public Capabilities capabilities() {
            return whole.capabilities();
        }

        @Override
        public long needs(Plan plan) {
            return whole.needs(plan);
        }

        @Override
        public Executable load(Plan plan) {
            taken.addAndGet(needs(plan));
            return whole.load(plan);
        }

        @Override
        public void close() {
            whole.close();
        }
    }

    private static Examples examples(Mlp model, int count) {
        int width = model.sizes().getFirst();
        float[] x = new float[count * width];
        int[] y = new int[count];
        for (int i = 0; i < x.length; i++) {
            x[i] = (i * 31 % 97) / 97f;
        }
        for (int i = 0; i < count; i++) {
            y[i] = i % model.sizes().getLast();
        }
        return Examples.ofTensors(Map.of("x", HostTensor.of(x, count, width), "y", HostTensor.of(y, count)));
    }

    private static long whole(Backend device) {
        return device.needs(new Room(device, DEEP, RECIPE, Settings.of(BATCH, 1)).plan());
    }

    private static State trained(Backend device, Recipe recipe, Settings settings) {
        Examples data = examples(DEEP, BATCH);
        try (Trainer trainer = new Trainer(device, DEEP, recipe, settings);
                Batches batches =
                        new Batches(data, settings.batch(), 1, Batches.Rest.DROPPED, Batches.Position.START)) {
            trainer.train(batches, List.of());
            return trainer.state();
        }
    }

    /// Wide layers, so that Java's small objects do not count: with all that a training keeps, and its weights as they are
    /// being written.
    @Test
    void whatIsPredictedIsMeasured() {
        Mlp wide = Mlp.classifier(784, 3000, 1000, 10);
        Settings settings = Settings.of(512, 2).evaluatedEvery(1).stoppedAfter(5);
        Examples data = examples(wide, 1024);
        List<Long> measured = new ArrayList<>();
        try (Backend device = new CpuBackend(2);
                Run run = Run.create(temporary.resolve("run"), Map.of())) {
            Needs needs = Needs.of(device, wide, RECIPE, settings, data.inOrder(1000), true);
            assertThat(needs.heap()).isGreaterThan(150_000_000);
            trained(device, RECIPE, Settings.of(BATCH, 1)); // loads all classes
            long before = used();
            try (Trainer trainer = new Trainer(device, wide, RECIPE, settings);
                    Batches batches = new Batches(data, 512, 1, Batches.Rest.DROPPED, Batches.Position.START)) {
                trainer.checkpoint(run.checkpoints(new Cadence.Steps(1), 1));
                trainer.train(batches, data.inOrder(1000));
                Map<String, HostTensor> weights = trainer.parameters();
                measured.add(used() - before);
                assertThat(weights).isNotEmpty();
            }
            assertThat((double) measured.getFirst() / needs.heap()).isCloseTo(1, within(0.05));
        }
    }

    private static long used() {
        System.gc();
        Runtime heap = Runtime.getRuntime();
        return heap.totalMemory() - heap.freeMemory();
    }

    @Test
    void whatDoesNotFitIsRefused() {
        try (Backend device = new CpuBackend(2)) {
            long free = whole(device) * 3 / 4;
            Backend small = new Small(device, free);
            assertThatThrownBy(() -> new Trainer(small, DEEP, RECIPE, Settings.of(BATCH, 1)))
                    .isInstanceOf(TrainingException.class)
                    .hasMessageMatching("a step of 1024 examples takes [\\d.]+ MB, and [\\d.]+ MB are free on a small"
                            + " device; the largest batch that fits has \\d+ examples; computing again what waits for its"
                            + " gradient, it takes [\\d.]+ MB, for [\\d.]+ % more operations and [\\d.]+ % more bytes"
                            + " moved \\(--memory-budget [\\d.]+MB\\)");
            int largest = largest(small);
            assertThat(fits(small, largest)).isTrue();
            assertThat(fits(small, largest + 1)).isFalse();
        }
    }

    private static int largest(Backend small) {
        try {
            new Room(small, DEEP, RECIPE, Settings.of(BATCH, 1)).plan();
        } catch (TrainingException e) {
            return Integer.parseInt(e.getMessage().replaceAll("(?s).*fits has (\\d+) examples.*", "$1"));
        }
        throw new AssertionError("fits");
    }

    private static boolean fits(Backend device, int batch) {
        Room room = new Room(device, DEEP, RECIPE, Settings.of(batch, 1));
        return room.fits(room.whole(batch));
    }

    /// And not even that helps.
    @Test
    void whatCannotFitIsRefusedWithABudgetToo() {
        try (Backend device = new CpuBackend(2)) {
            Backend small = new Small(device, 100_000);
            assertThatThrownBy(() -> new Trainer(
                            small, DEEP, RECIPE, Settings.of(BATCH, 1).within(1_000_000)))
                    .isInstanceOf(TrainingException.class)
                    .hasMessageContaining("100 kB are free on a small device; not even a batch of 1 fits; even if all");
        }
    }

    /// What an evaluation takes is looked at before the first step.
    @Test
    void aTrainingThatCannotBeEvaluatedIsRefused() {
        try (Backend device = new CpuBackend(2)) {
            Backend small = new Small(device, whole(device) + 100_000);
            List<Event> events = new ArrayList<>();
            try (Trainer trainer = new Trainer(small, DEEP, RECIPE, Settings.of(BATCH, 1));
                    Batches batches = new Batches(
                            examples(DEEP, BATCH), BATCH, 1, Batches.Rest.DROPPED, Batches.Position.START)) {
                trainer.listen(events::add);
                assertThatThrownBy(() ->
                                trainer.train(batches, examples(DEEP, 4000).inOrder(4000)))
                        .isInstanceOf(TrainingException.class)
                        .hasMessageContaining(
                                "and 100 kB are free on a small device: an evaluation of 4000 examples 3.52 MB");
                assertThat(events).isEmpty();
            }
        }
    }

    /// The same bits, and the same training: its checkpoints can be gone on with in any budget.
    @Test
    void aBudgetChangesNothingButMemory() {
        try (Backend device = new CpuBackend(2)) {
            long budget = whole(device) * 3 / 4;
            Settings settings = Settings.of(BATCH, 3);
            Plan within = new Room(device, DEEP, RECIPE, settings.within(budget)).plan();
            assertThat(device.needs(within)).isLessThanOrEqualTo(budget);
            State expected = trained(device, RECIPE, settings);
            State actual = trained(device, RECIPE, settings.within(budget));
            assertThat(actual.difference(expected)).isEmpty();
            assertThat(actual.identity().difference(expected.identity())).isEmpty();
        }
    }

    /// As many examples a step as before; all that fits is kept, and what fits is not cut.
    @Test
    void stepsAreCutToFit() {
        try (Backend device = new CpuBackend(2)) {
            long whole = whole(device);
            Settings settings = Settings.of(BATCH, 2);
            Fit ample = Fit.of(
                    new Small(device, 10 * whole),
                    DEEP,
                    RECIPE.accumulating(2),
                    settings.batched(BATCH / 2),
                    List.of(),
                    false);
            assertThat(ample.batch()).isEqualTo(BATCH);
            assertThat(ample.accumulation()).isEqualTo(1);
            assertThat(ample.memory()).isEqualTo(OptionalLong.empty());
            long least = Long.MAX_VALUE;
            for (double share : new double[] {0.9, 0.6, 0.3}) {
                Backend small = new Small(device, (long) (share * whole));
                Fit fit = Fit.of(small, DEEP, RECIPE, settings, List.of(), false);
                assertThat(fit.batch() * fit.accumulation()).isEqualTo(BATCH);
                assertThat(fit.seconds()).isGreaterThanOrEqualTo(ample.seconds());
                Plan plan = new Room(small, DEEP, fit.of(RECIPE), fit.of(settings)).plan();
                assertThat(device.needs(plan))
                        .isLessThanOrEqualTo((long) (share * whole))
                        .isLessThanOrEqualTo(least);
                assertThat(trained(small, fit.of(RECIPE), fit.of(settings)).step())
                        .isEqualTo(2L);
                least = device.needs(plan);
            }
            assertThatThrownBy(() -> Fit.of(new Small(device, 100_000), DEEP, RECIPE, settings, List.of(), false))
                    .isInstanceOf(TrainingException.class)
                    .hasMessageContaining("a step of 1 example takes");
            // memory is left for evaluations
            Fit evaluated = Fit.of(
                    new Small(device, whole + 100_000),
                    DEEP,
                    RECIPE,
                    settings,
                    examples(DEEP, BATCH).inOrder(BATCH),
                    false);
            assertThat(evaluated.memory().isPresent() || evaluated.accumulation() > 1)
                    .isTrue();
        }
    }
}
