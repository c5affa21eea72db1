package dagrad.train;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.backend.Backend;
import dagrad.parity.Devices;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a flight recording tells of a training.
class FlightTest {
    @TempDir
    private Path folder;

    @Test
    void stepsLaunchesPlansAndCheckpointsAreRecorded() throws IOException {
        Event.Finished finished;
        try (Devices devices = new Devices();
                Recording recording = new Recording()) {
            recording.start();
            Backend device = devices.open("cpu");
            try (Trainer trainer = Resumable.trainer(device, Resumable.recipe());
                    Run run = Run.create(folder.resolve("run"), "test")) {
                trainer.listen(run);
                trainer.checkpoint(run.checkpoints(new Cadence.Steps(4), 2));
                finished = trainer.train(
                        Resumable.batches(trainer.position()),
                        Resumable.examples(10, 2).inOrder(4));
            }
            recording.stop();
            recording.dump(folder.resolve("flight.jfr"));
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(folder.resolve("flight.jfr"));
        List<RecordedEvent> steps = of(events, "Step");
        // A file of a recording is in no order of time.
        assertThat(steps.stream().map(step -> step.getLong("step")))
                .containsExactlyInAnyOrderElementsOf(
                        LongStream.rangeClosed(1, finished.steps()).boxed().toList());
        assertThat(steps).allMatch(step -> Double.isFinite(step.getDouble("loss")));
        assertThat(of(events, "Launch"))
                .hasSizeGreaterThan(20)
                .allMatch(launch -> !launch.getString("computes").isBlank());
        assertThat(of(events, "Load")).isNotEmpty().allMatch(load -> load.getLong("arena") > 0);
        assertThat(of(events, "Checkpoint")).isNotEmpty().allMatch(checkpoint -> checkpoint.getBoolean("saved"));
    }

    private static List<RecordedEvent> of(List<RecordedEvent> events, String name) {
        return events.stream()
                .filter(event -> event.getEventType().getName().equals("dagrad." + name))
                .toList();
    }
}
