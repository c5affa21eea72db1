package dagrad.train;

import static dagrad.tensor.TensorSpec.f32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.backend.Backend;
import dagrad.data.Batches;
import dagrad.data.Examples;
import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.optimizer.Optimizer;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.Schedule;
import dagrad.parity.Devices;
import dagrad.tensor.HostTensor;
import dagrad.train.checkpoint.State;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A loss that is not finite: what is told, and what is left of the training.
class TroubleTest {
    private static final Devices DEVICES = new Devices();
    private static final int BATCH = 4;
    private static final int EXAMPLES = 20;

    /// The only example whose logarithm is no number.
    private static final int BAD = 7;

    private static final Model LOGARITHM = batch -> Graph.build(g -> {
        Value x = g.input("x", f32(batch, 3));
        Value positive = g.scope("head", () -> g.log(x));
        Value y = g.linear(g.dropout(positive, 0.1), g.parameter("weight", f32(2, 3)));
        g.output("loss", g.mean(g.square(y)));
    });

    static Stream<String> devices() {
        return Devices.ids();
    }

    @AfterAll
    static void closeDevices() {
        DEVICES.close();
    }

    private static Examples examples(float bad) {
        float[] x = new float[3 * EXAMPLES];
        for (int i = 0; i < x.length; i++) {
            x[i] = 1 + i % 5;
        }
        x[3 * BAD + 1] = bad;
        return Examples.ofTensors(Map.of("x", HostTensor.of(x, EXAMPLES, 3)));
    }

    private static Batches batches(float bad, Batches.Position from) {
        return new Batches(examples(bad), BATCH, 3, Batches.Rest.DROPPED, from);
    }

    private static Recipe recipe(int accumulation) {
        return Recipe.of(new Optimizer.AdamW(), new Schedule.Constant(0.01)).accumulating(accumulation);
    }

    private static Trainer trainer(Backend device, Recipe recipe) {
        return new Trainer(device, LOGARITHM, recipe, Settings.of(BATCH, 6));
    }

    /// The step, from 1, whose batches have the bad example first.
    private static long badStep(int accumulation) {
        try (Batches batches = batches(1, Batches.Position.START)) {
            for (long run = 0; ; run++) {
                Batches.Position position = batches.position();
                batches.next();
                if (Arrays.stream(batches.numbers(position)).anyMatch(number -> number == BAD)) {
                    return run / accumulation + 1;
                }
            }
        }
    }

    private static State stateAfter(Backend device, Recipe recipe, long steps) {
        try (Trainer trainer = trainer(device, recipe);
                Batches batches = batches(-1, Batches.Position.START)) {
            trainer.trainUntil(steps, batches, List.of());
            return trainer.state();
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void theFirstNodeAndItsSourceLineAreNamed(String id) {
        for (int accumulation : new int[] {1, 2}) {
            long bad = badStep(accumulation);
            try (Trainer trainer = trainer(DEVICES.open(id), recipe(accumulation));
                    Batches batches = batches(-1, Batches.Position.START)) {
                assertThatThrownBy(() -> trainer.train(batches, List.of()))
                        .isInstanceOf(TrainingException.class)
                        .hasMessageStartingWith("step " + bad + ": the loss is NaN. It begins where ")
                        .hasMessageContaining(" = log(")
                        .hasMessageContaining("# head (TroubleTest.java:")
                        .hasMessageContaining(" and 1 × NaN of ")
                        .hasMessageContaining("f32[4,3] from -1 to 5; the first is in row ")
                        .hasMessageContaining(", example " + BAD + " of the data")
                        .hasMessageContaining("Its batch, of epoch 0, has the examples [")
                        .hasMessageContaining("a smaller learning rate (it is 0.01 here)");
            }
        }
    }

    /// Whatever the device began meanwhile, it has what it had before the step.
    @ParameterizedTest
    @MethodSource("devices")
    void theStepThatStopsChangesNothing(String id) {
        Backend device = DEVICES.open(id);
        long bad = badStep(1);
        State before = stateAfter(device, recipe(1), bad - 1);
        try (Trainer trainer = trainer(device, recipe(1));
                Batches batches = batches(-1, Batches.Position.START)) {
            assertThatThrownBy(() -> trainer.train(batches, List.of())).isInstanceOf(TrainingException.class);
            Map<String, HostTensor> after = trainer.parameters();
            before.parameters()
                    .forEach((name, tensor) -> assertThat(
                                    tensor.data().mismatch(after.get(name).data()))
                            .isEqualTo(-1));
        }
    }

    /// A parameter that is infinite is no operation's fault.
    @ParameterizedTest
    @MethodSource("devices")
    void anInputThatWasNotFiniteIsNamed(String id) {
        try (Trainer trainer = trainer(DEVICES.open(id), recipe(1));
                Batches batches = batches(1, Batches.Position.START)) {
            trainer.setParameters(Map.of("weight", HostTensor.of(f32(2, 3), Double.POSITIVE_INFINITY)));
            assertThatThrownBy(() -> trainer.train(batches, List.of()))
                    .hasMessageStartingWith("step 1: the loss is NaN. It begins where \"%")
                    .hasMessageContaining("params/decay")
                    .hasMessageContaining("with nothing but 6 × Infinity");
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void aStepThatIsLeftOutCountsAndChangesNothing(String id) {
        Backend device = DEVICES.open(id);
        for (int accumulation : new int[] {1, 2}) {
            long bad = badStep(accumulation);
            Recipe recipe = recipe(accumulation).guarded(Recipe.Guard.SKIP);
            List<Event> events = new ArrayList<>();
            try (Trainer trainer = trainer(device, recipe);
                    Batches batches = batches(-1, Batches.Position.START)) {
                trainer.listen(events::add);
                trainer.trainUntil(bad - 1, batches, List.of());
                State before = trainer.state();
                trainer.trainUntil(bad, batches, List.of());
                State after = trainer.state();
                assertThat(before.parameters().get("weight").floats())
                        .isEqualTo(after.parameters().get("weight").floats());
                assertThat(after.states().get("optimizer/step").scalar()).isEqualTo((double) bad);
                assertThat(after.states().get("optimizer/decay/m").floats())
                        .isEqualTo(before.states().get("optimizer/decay/m").floats());
                assertThat(trainer.train(batches, List.of()).steps()).isEqualTo(6);
                assertThat(trainer.state().parameters().get("weight").floats())
                        .isNotEqualTo(after.parameters().get("weight").floats())
                        .doesNotContain(Float.NaN);
            }
            assertThat(events)
                    .filteredOn(Event.Warning.class::isInstance)
                    .first()
                    .asString()
                    .contains("step " + bad + ": the loss is NaN; the step is left out. Its batch, of epoch 0");
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void aGradientThatIsFarLongerThanOthersIsToldOf(String id) {
        float[] x = new float[30];
        Arrays.fill(x, 1);
        x[28] = 40;
        Examples examples = Examples.ofTensors(Map.of("x", HostTensor.of(x, 30)));
        Model model = batch -> Graph.build(g ->
                g.output("loss", g.mean(g.mul(g.parameter("weight", f32(1)), g.input("x", f32(batch))))));
        List<Event> events = new ArrayList<>();
        Recipe recipe = Recipe.of(new Optimizer.Sgd(), new Schedule.Constant(0.01));
        try (Trainer trainer = new Trainer(DEVICES.open(id), model, recipe, Settings.of(1, 60));
                Batches batches = examples.shuffled(1, 6)) {
            trainer.listen(events::add);
            trainer.train(batches, List.of());
        }
        assertThat(events)
                .filteredOn(Event.Warning.class::isInstance)
                .isNotEmpty()
                .allSatisfy(event -> assertThat(event.toString())
                        .contains("the gradient's norm is 40.0, 40 times the median of the "));
    }

    /// Biases of -100 for two of three units.
    @ParameterizedTest
    @MethodSource("devices")
    void unitsThatAreNeverPositiveAreToldOfOnce(String id) {
        Model model = batch -> Graph.build(g -> {
            Value hidden = g.relu(g.linear(
                    g.input("x", f32(batch, 3)), g.parameter("hidden/weight", f32(3, 3)), g.parameter("bias", f32(3))));
            g.output("loss", g.mean(g.square(g.linear(hidden, g.parameter("out/weight", f32(1, 3))))));
        });
        List<Event> events = new ArrayList<>();
        Settings settings = Settings.of(BATCH, 6).evaluatedEvery(2);
        try (Trainer trainer = new Trainer(DEVICES.open(id), model, recipe(1), settings);
                Batches batches = batches(1, Batches.Position.START)) {
            trainer.setParameters(Map.of(
                    "hidden/weight", HostTensor.of(f32(3, 3), 0.5),
                    "bias", HostTensor.of(f32(3), -100, 1, -100),
                    "out/weight", HostTensor.of(f32(1, 3), 0.5)));
            trainer.listen(events::add);
            trainer.train(batches, examples(1).inOrder(3));
        }
        assertThat(events)
                .filteredOn(Event.Step.class::isInstance)
                .allSatisfy(event ->
                        assertThat(((Event.Step) event).validation().keySet()).isSubsetOf("loss"));
        assertThat(events)
                .filteredOn(Event.Warning.class::isInstance)
                .singleElement()
                .asString()
                .contains("2 of the 3 units behind the relu at TroubleTest.java:", "are positive for no example");
    }
}
