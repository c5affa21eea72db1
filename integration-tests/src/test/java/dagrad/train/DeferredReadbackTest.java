package dagrad.train;

import static dagrad.tensor.TensorSpec.f32;
import static org.assertj.core.api.Assertions.assertThat;

import dagrad.backend.Backend;
import dagrad.backend.Executable;
import dagrad.backend.Readback;
import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.optimizer.Optimizer;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.Schedule;
import dagrad.plan.Capabilities;
import dagrad.plan.Plan;
import dagrad.reference.ReferenceBackend;
import dagrad.tensor.HostTensor;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A training on a device that works beside the host tells the same as on one that does not: the reference, made to
/// hand its scalars out late.
class DeferredReadbackTest {
    private static final Model NEAREST = batch -> Graph.build(g -> {
        Value distance = g.sub(g.parameter("w", f32()), g.input("x", f32(batch)));
        g.output("loss", g.mean(g.square(distance)));
        g.output("bias", g.mean(distance));
    });

    /// The reference, whose readbacks say that they are late; `trace` is told when runs begin.
    private record Late(Backend reference, List<String> trace) implements Backend {
        @Override
        public String name() {
            return reference.name();
        }

        @Override
        public Capabilities capabilities() {
            return reference.capabilities();
        }

        @Override
        public Executable load(Plan plan) {
            return new LatePlan(reference.load(plan), trace);
        }

        @Override
        public void close() {
            reference.close();
        }
    }

    private record LatePlan(Executable plain, List<String> trace) implements Executable {
        @Override
        public Plan plan() {
            return plain.plan();
        }

        @Override
        public void write(String name, HostTensor data) {
            plain.write(name, data);
        }

        @Override
        public void read(String name, HostTensor into) {
            plain.read(name, into);
        }

        @Override
        public Readback readback(String name) {
            return new LateReadback(plain.readback(name));
        }

        @Override
        public void run() {
            trace.add("run");
            plain.run();
        }

        @Override
        public void close() {
            plain.close();
        }
    }

    private record LateReadback(Readback plain) implements Readback {
        @Override
        public void ask() {
            plain.ask();
        }

        @Override
        public double take() {
            return plain.take();
        }

        @Override
        public boolean deferred() {
            return true;
        }
    }

    private static Map<String, HostTensor> batch(double... x) {
        return Map.of("x", HostTensor.of(f32(x.length), x));
    }

    private static Iterator<Map<String, HostTensor>> batches(double... each) {
        return IntStream.range(0, each.length)
                .mapToObj(i -> batch(each[i], each[i] + 1))
                .iterator();
    }

    /// Events, or the sentence that training ended with; the clock stands still.
    private static List<Object> train(
            Backend backend, Recipe recipe, Settings settings, Iterator<Map<String, HostTensor>> batches) {
        List<Object> told = new ArrayList<>();
        try (Trainer trainer = new Trainer(backend, NEAREST, recipe, settings, () -> 0)) {
            trainer.listen(told::add);
            trainer.train(batches, List.of(batch(1, 2, 3), batch(6)));
            told.add(trainer.parameters().get("w").scalar());
        } catch (TrainingException e) {
            told.add(e.getMessage());
        }
        return told;
    }

    private static Recipe recipe(int accumulation, double rate) {
        return Recipe.of(new Optimizer.Sgd(), new Schedule.Constant(rate)).accumulating(accumulation);
    }

    @ParameterizedTest
    @CsvSource({"1,0,0", "1,3,0", "1,1,2", "2,0,0", "2,3,0", "3,2,1"})
    void tellsTheSameInTheSameOrder(int accumulation, int evaluateEvery, int patience) {
        Settings settings = Settings.of(2, 7).evaluatedEvery(evaluateEvery).stoppedAfter(patience);
        double[] x = IntStream.range(0, 19).mapToDouble(i -> 3 + i % 5).toArray();
        List<Object> plain = train(new ReferenceBackend(), recipe(accumulation, 0.3), settings, batches(x));
        List<Object> late = train(
                new Late(new ReferenceBackend(), new ArrayList<>()), recipe(accumulation, 0.3), settings, batches(x));
        assertThat(late).isEqualTo(plain);
    }

    @Test
    void aStepIsLookedAtWhileTheNextOneRuns() {
        List<String> trace = new ArrayList<>();
        try (Trainer trainer =
                new Trainer(new Late(new ReferenceBackend(), trace), NEAREST, recipe(1, 0.1), Settings.of(2, 3))) {
            trainer.listen(event -> {
                if (event instanceof Event.Step step) {
                    trace.add("step " + step.step());
                }
            });
            trainer.train(batches(1, 2, 3), List.of());
        }
        assertThat(trace).containsExactly("run", "run", "step 1", "run", "step 2", "step 3");
    }

    @Test
    void aLossThatIsNotFiniteStillNamesItsStep() {
        double[] x = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
        List<Object> plain = train(new ReferenceBackend(), recipe(1, 1e30), Settings.of(2, 12), batches(x));
        List<Object> late = train(
                new Late(new ReferenceBackend(), new ArrayList<>()), recipe(1, 1e30), Settings.of(2, 12), batches(x));
        assertThat(late).isEqualTo(plain);
        assertThat(late.getLast().toString()).startsWith("step ").contains("the loss is");
    }

    @Test
    void aBatchThatDoesNotFitIsToldOfAfterTheStepsBeforeIt() {
        Stream<Map<String, HostTensor>> bad = Stream.of(batch(1, 2), batch(3, 4), batch(1, 2, 3));
        List<Object> late = train(
                new Late(new ReferenceBackend(), new ArrayList<>()), recipe(1, 0.1), Settings.of(2, 9), bad.iterator());
        assertThat(late).hasSize(4);
        assertThat(late.get(2))
                .isInstanceOfSatisfying(
                        Event.Step.class, step -> assertThat(step.step()).isEqualTo(2));
        assertThat(late.getLast().toString()).startsWith("step 3: the input \"x\" is f32[2]");
    }
}
