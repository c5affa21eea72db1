package dagrad.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.backend.Backend;
import dagrad.io.FileException;
import dagrad.parity.Devices;
import dagrad.tensor.HostTensor;
import dagrad.train.checkpoint.CheckpointException;
import dagrad.train.checkpoint.CheckpointFolder;
import dagrad.train.checkpoint.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A training that was interrupted, anywhere and in any way, goes on to the bits and the log of one that was not.
class ResumeTest {
    private static final Devices DEVICES = new Devices();
    private static final Cadence EVERY_FOUR = new Cadence.Steps(4);

    @TempDir
    private Path temporary = Path.of("");

    static Stream<String> devices() {
        return Devices.ids();
    }

    @AfterAll
    static void closeDevices() {
        DEVICES.close();
    }

    /// Stands for a process that ends in the middle of everything.
    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static void killAfter(Backend device, Path folder, long step) {
        assertThatThrownBy(() -> Resumable.train(device, folder, EVERY_FOUR, (_, event) -> {
                    if (event instanceof Event.Step s && s.step() == step) {
                        throw new Killed();
                    }
                }))
                .isInstanceOf(Killed.class);
    }

    private static void assertSame(Resumable.Outcome actual, Resumable.Outcome expected) {
        assertThat(actual.state().difference(expected.state())).isEmpty();
        assertThat(actual.lines()).isEqualTo(expected.lines());
        assertThat(actual.finished().reason()).isEqualTo(expected.finished().reason());
        assertThat(actual.finished().steps()).isEqualTo(expected.finished().steps());
        assertThat(actual.finished().best()).isEqualTo(expected.finished().best());
    }

    @ParameterizedTest
    @MethodSource("devices")
    void aKilledTrainingGoesOnToTheSameBits(String id) {
        Backend device = DEVICES.open(id);
        Resumable.Outcome whole = Resumable.train(device, temporary.resolve("whole"), EVERY_FOUR, (_, _) -> {});
        assertThat(whole.lines()).hasSize((int) whole.finished().steps());
        for (long step : new long[] {1, 4, 7, 12}) {
            Path folder = temporary.resolve("killed-" + step);
            killAfter(device, folder, step);
            if (step == 7) { // twice
                killAfter(device, folder, 8);
            }
            assertSame(Resumable.train(device, folder, EVERY_FOUR, (_, _) -> {}), whole);
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void aStoppedTrainingGoesOnAfterTheVeryStep(String id) {
        Backend device = DEVICES.open(id);
        Resumable.Outcome whole = Resumable.train(device, temporary.resolve("whole"), EVERY_FOUR, (_, _) -> {});
        Path folder = temporary.resolve("stopped");
        Resumable.Outcome stopped = Resumable.train(device, folder, EVERY_FOUR, (trainer, event) -> {
            if (event instanceof Event.Step s && s.step() == 5) {
                trainer.stop();
            }
        });
        assertThat(stopped.finished().reason()).isEqualTo(Event.Reason.STOPPED);
        long last = stopped.finished().steps();
        assertThat(last).isBetween(5L, 6L); // a device that works beside the host has begun another
        Resumable.Outcome resumed = Resumable.train(device, folder, EVERY_FOUR, (_, _) -> {});
        assertThat(resumed.events().get(1))
                .isInstanceOfSatisfying(
                        Event.Resumed.class, event -> assertThat(event.step()).isEqualTo(last));
        assertSame(resumed, whole);
    }

    @Test
    void aFinishedTrainingHasNothingLeftToDo() {
        Backend device = DEVICES.open("cpu");
        Resumable.Outcome whole = Resumable.train(device, temporary, EVERY_FOUR, (_, _) -> {});
        Resumable.Outcome again = Resumable.train(device, temporary, EVERY_FOUR, (_, _) -> {});
        assertSame(again, whole);
        assertThat(again.events()).noneMatch(Event.Step.class::isInstance);
    }

    @Test
    void aDamagedCheckpointIsNamedAndTheOneBeforeIsUsed() throws IOException {
        Backend device = DEVICES.open("cpu");
        Resumable.Outcome whole = Resumable.train(device, temporary.resolve("whole"), EVERY_FOUR, (_, _) -> {});
        Path folder = temporary.resolve("damaged");
        killAfter(device, folder, 11);
        CheckpointFolder checkpoints = new CheckpointFolder(folder.resolve(Run.CHECKPOINTS));
        Path newest = checkpoints.entries().getFirst().folder();
        Files.write(newest.resolve("states.safetensors"), new byte[] {1, 2, 3});
        Resumable.Outcome resumed = Resumable.train(device, folder, EVERY_FOUR, (_, _) -> {});
        assertThat(resumed.events().getFirst().toString())
                .contains("is damaged and is left out: ", "states.safetensors was changed or cut off");
        assertSame(resumed, whole);
    }

    /// As long as the disk refuses, training goes on with warnings and the old checkpoints.
    @Test
    void aDiskThatRefusesIsAWarning() throws IOException {
        Backend device = DEVICES.open("cpu");
        Resumable.Outcome whole = Resumable.train(device, temporary.resolve("whole"), EVERY_FOUR, (_, _) -> {});
        Path folder = temporary.resolve("full");
        Path inTheWay = folder.resolve(Run.CHECKPOINTS).resolve("step-8");
        Resumable.Outcome outcome = Resumable.train(device, folder, EVERY_FOUR, (_, event) -> {
            if (event instanceof Event.Step step && step.step() == 5) {
                Files.writeString(inTheWay, "");
            }
        });
        assertSame(outcome, whole);
        assertThat(outcome.events())
                .filteredOn(Event.Warning.class::isInstance)
                .singleElement()
                .asString()
                .contains("the checkpoint after step 8 could not be saved");
    }

    @Test
    void anotherTrainingsCheckpointIsRefused() {
        Backend device = DEVICES.open("cpu");
        killAfter(device, temporary, 5);
        CheckpointFolder checkpoints = new CheckpointFolder(temporary.resolve(Run.CHECKPOINTS));
        State state = checkpoints.newest(_ -> {}).orElseThrow();
        List<Trainer> others = new ArrayList<>();
        try {
            others.add(Resumable.trainer(device, Resumable.recipe().clipped(2)));
            assertThatThrownBy(() -> others.getLast().restore(state))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageMatching("the checkpoint after step [0-9]+ is of another training: line [0-9]+ of the"
                            + " step's graph is \".*\" here and \".*\" there .*");
        } finally {
            others.forEach(Trainer::close);
        }
    }

    @Test
    void oneTrainingAtATimeWritesToAFolder() {
        Backend device = DEVICES.open("cpu");
        Resumable.train(device, temporary, EVERY_FOUR, (_, event) -> {
            if (event instanceof Event.Step step && step.step() == 2) {
                assertThatThrownBy(() -> Run.open(temporary))
                        .isInstanceOf(FileException.class)
                        .hasMessageContaining("another training writes to it");
            }
        });
    }

    @ParameterizedTest
    @MethodSource("devices")
    void aStretchDoneAgainComesToTheSameBits(String id) {
        Backend device = DEVICES.open(id);
        Resumable.train(device, temporary, EVERY_FOUR, (_, _) -> {});
        List<State> states = new ArrayList<>();
        CheckpointFolder folder = new CheckpointFolder(temporary.resolve(Run.CHECKPOINTS));
        folder.entries().reversed().forEach(entry -> states.add(folder.read(entry)));
        Rehearsal rehearsal = Resumable.rehearsal(device);
        assertThat(rehearsal.difference(rehearsal.beginning(), states.getFirst()))
                .isEmpty();
        for (int i = 1; i < states.size(); i++) {
            assertThat(rehearsal.difference(states.get(i - 1), states.get(i))).isEmpty();
        }
        assertThat(rehearsal.differenceOfTwo(5)).isEmpty();
        State last = states.getLast();
        HostTensor weight = last.parameters().get("out/weight");
        weight.set(3, weight.get(3) + 0x1p-24);
        assertThat(rehearsal.difference(states.getFirst(), last).orElseThrow())
                .startsWith("the parameter \"out/weight\" f32[1,17] differs first in element 3: ");
    }
}
