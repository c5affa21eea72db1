package dagrad.train.checkpoint;

import static dagrad.tensor.TensorSpec.f32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.data.Batches;
import dagrad.graph.Graph;
import dagrad.io.FileException;
import dagrad.io.FormatException;
import dagrad.io.Safetensors;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointFolderTest {
    private static final Graph STEP = Graph.build(g ->
            g.output("loss", g.sum(g.mul(g.parameter("layer/w", f32(2, 3)), g.input("x", f32(2, 3))))));

    @TempDir
    private Path temporary = Path.of("");

    private CheckpointFolder folder = new CheckpointFolder(Path.of(""));

    @BeforeEach
    void openFolder() {
        folder = new CheckpointFolder(temporary.resolve("run/checkpoints"));
    }

    private static State state(long step, long bestStep) {
        Map<String, HostTensor> parameters = Map.of("layer/w", HostTensor.of(f32(2, 3), 1, 2, 3, 4, 5, 6.0 + step));
        Map<String, HostTensor> states = Map.of(
                "optimizer/step", HostTensor.of(new int[] {(int) step}),
                "running/mean", HostTensor.of(f32(2), Double.NaN, -0.0));
        Identity identity = Identity.of(
                Map.of("layer/w", f32(2, 3)), Map.of("optimizer/step", TensorSpec.i32(), "running/mean", f32(2)), STEP);
        State.Best best = new State.Best(Map.of("loss", 0.1 + 0.2, "accuracy", Double.NaN), bestStep, 2, parameters);
        return new State(
                identity,
                "cpu",
                step,
                new Batches.Position(3, 128),
                parameters,
                states,
                best,
                Map.of("loss_sum", 1 / 3.0));
    }

    private List<Long> steps() {
        return folder.entries().stream().map(CheckpointFolder.Entry::step).toList();
    }

    @Test
    void whatIsReadIsWhatWasWritten() {
        folder.write(state(1200, 900));
        State read = folder.read(folder.entries().getFirst());
        assertThat(read.difference(state(1200, 900))).isEmpty();
        assertThat(read.identity().difference(state(1200, 900).identity())).isEmpty();
        assertThat(read.identity()).isEqualTo(state(1200, 900).identity());
        assertThat(read.device()).isEqualTo("cpu");
        assertThat(read.notes()).isEqualTo(Map.of("loss_sum", 1 / 3.0));
        assertThat(read.position()).isEqualTo(new Batches.Position(3, 128));
    }

    @Test
    void anyoneCanReadTheFiles() throws IOException {
        folder.write(state(7, 0));
        Path checkpoint = temporary.resolve("run/checkpoints/step-7");
        assertThat(checkpoint.toFile().list())
                .containsExactlyInAnyOrder(
                        "parameters.safetensors",
                        "states.safetensors",
                        "best.safetensors",
                        "graph.txt",
                        "state.json",
                        "SHA256SUMS");
        assertThat(Safetensors.read(checkpoint.resolve("parameters.safetensors"))
                        .get("layer/w")
                        .floats())
                .containsExactly(1, 2, 3, 4, 5, 13);
        assertThat(Files.readString(checkpoint.resolve("graph.txt")))
                .startsWith("graph {\n")
                .contains("layer/w");
        assertThat(Files.readAllLines(checkpoint.resolve("SHA256SUMS")))
                .hasSize(5)
                .allMatch(line -> line.matches("[0-9a-f]{64}  [a-z0-9.]+"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "parameters.safetensors",
                "states.safetensors",
                "best.safetensors",
                "graph.txt",
                "state.json",
                "SHA256SUMS"
            })
    void aDamagedFileIsNamedAndTheCheckpointBeforeIsUsed(String name) throws IOException {
        folder.write(state(1, 0));
        folder.write(state(2, 0));
        Path file = temporary.resolve("run/checkpoints/step-2").resolve(name);
        byte[] whole = Files.readAllBytes(file);
        List<byte[]> damaged = new ArrayList<>();
        for (int cut : new int[] {0, 1, whole.length / 2, whole.length - 1}) {
            damaged.add(Arrays.copyOf(whole, cut));
        }
        for (int bit = 0; bit < 8 * whole.length; bit += 1 + whole.length / 20) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            damaged.add(flipped);
        }
        for (byte[] content : damaged) {
            Files.write(file, content);
            assertPreviousIsUsed(name);
        }
        Files.delete(file);
        assertPreviousIsUsed(name);
        Files.write(file, whole);
        assertThat(folder.newest(warning -> assertThat(warning).isNull()))
                .hasValueSatisfying(state -> assertThat(state.step()).isEqualTo(2));
    }

    private void assertPreviousIsUsed(String name) {
        List<String> warnings = new ArrayList<>();
        assertThat(folder.newest(warnings::add))
                .hasValueSatisfying(
                        state -> assertThat(state.difference(state(1, 0))).isEmpty());
        assertThat(warnings).singleElement().asString().startsWith("the checkpoint after step 2 is damaged");
        assertThat(warnings.getFirst()).containsAnyOf(name, "SHA256SUMS");
    }

    @Test
    void whereAllAreDamagedThereIsNone() throws IOException {
        assertThat(folder.newest(_ -> {})).isEmpty();
        folder.write(state(1, 0));
        Files.delete(temporary.resolve("run/checkpoints/step-1/state.json"));
        assertThat(folder.newest(_ -> {})).isEmpty();
        assertThatThrownBy(() -> folder.read(folder.entries().getFirst()))
                .isInstanceOf(FormatException.class)
                .hasMessageEndingWith("state.json, which SHA256SUMS lists, is missing");
    }

    @Test
    void theLastOnesAndTheBestAreKept() {
        for (long step = 1; step <= 6; step++) {
            State state = state(step, Math.min(step, 2));
            folder.write(state);
            folder.prune(state, 2);
        }
        assertThat(steps()).containsExactly(6L, 5L, 2L);
    }

    /// Gone back to 4 because 6 and 5 were damaged: what comes after the new one is not its future.
    @Test
    void aCourseThatWasLeftIsForgotten() {
        for (long step = 4; step <= 8; step++) {
            folder.write(state(step, 0));
        }
        folder.prune(state(5, 0), 3);
        assertThat(steps()).containsExactly(5L, 4L);
    }

    @Test
    void theSameStepIsReplaced() {
        folder.write(state(5, 0));
        folder.write(state(5, 3));
        assertThat(folder.read(folder.entries().getFirst()).best().step()).isEqualTo(3);
        assertThat(folder.path().toFile().list()).containsExactly("step-5");
    }

    @Test
    void whatAKilledProcessLeftBehindIsNoCheckpointAndGoes() throws IOException {
        folder.write(state(5, 0));
        Path half = Files.createDirectory(folder.path().resolve(".step-6.0c9e.part"));
        Files.writeString(half.resolve("state.json"), "{");
        assertThat(steps()).containsExactly(5L);
        folder.prune(state(5, 0), 1);
        assertThat(folder.path().toFile().list()).containsExactly("step-5");
    }

    /// A folder that is a file in the way stands for a disk that refuses.
    @Test
    void aFailedWriteLeavesTheOthers() throws IOException {
        Path in = Files.createDirectories(folder.path());
        folder.write(state(5, 0));
        Files.writeString(in.resolve("step-6"), "in the way");
        try (Saver saver = new Saver(folder, 1)) {
            saver.save(state(6, 0));
            saver.await();
            assertThat(saver.takeFailures())
                    .singleElement()
                    .asString()
                    .startsWith("the checkpoint after step 6 could not be saved: cannot write ");
            assertThat(saver.takeFailures()).isEmpty();
        }
        assertThat(folder.newest(_ -> {}))
                .hasValueSatisfying(state -> assertThat(state.step()).isEqualTo(5));
        assertThatThrownBy(() -> new Saver(folder, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new CheckpointFolder(in.resolve("step-6")).write(state(1, 0)))
                .isInstanceOf(FileException.class);
    }

    @Test
    void anotherTrainingIsToldByItsFirstDifference() {
        Identity here = state(1, 0).identity();
        Map<String, TensorSpec> states = here.states();
        assertThat(here.difference(new Identity(Map.of("layer/w", f32(2, 4)), states, here.graph())))
                .hasValue("the parameter \"layer/w\" is f32[2,3] here and f32[2,4] there");
        assertThat(here.difference(new Identity(Map.of(), states, here.graph())))
                .hasValue("the parameter \"layer/w\" is f32[2,3] here and missing there");
        assertThat(here.difference(new Identity(Map.of("layer/w", f32(2, 3), "layer/b", f32(3)), states, here.graph())))
                .hasValue("the parameter \"layer/b\" f32[3] is there, and there is none here");
        Graph other = Graph.build(g ->
                g.output("loss", g.sum(g.add(g.parameter("layer/w", f32(2, 3)), g.input("x", f32(2, 3))))));
        assertThat(here.difference(Identity.of(here.parameters(), states, other))
                        .orElseThrow())
                .contains("line 4 of the step's graph is \"%2 = mul(%0, %1)")
                .contains("here and \"%2 = add(%0, %1)");
    }
}
