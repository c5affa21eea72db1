package dagrad.train;

import dagrad.backend.DeviceException;
import dagrad.backend.Executable;
import dagrad.data.Batches;
import dagrad.tensor.HostTensor;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Begins steps on the device, each of one or more runs, and remembers what the last ones were made of.
final class StepRunner {
    /// A run of a step.
    ///
    /// @param step its number, from 1
    /// @param run its number in the step, from 0
    /// @param position of its batch
    private record Begun(long step, int run, Batches.Position position) {}

    private final Executable step;
    private final Feed feed;
    private final StepOutputs outputs;
    private final int runs;
    private final Deque<Begun> trail = new ArrayDeque<>();
    private Optional<Consumer<LaunchTimes>> timed = Optional.empty();
    private long begun;

    /// @param runs in a step
    StepRunner(Executable step, int runs) {
        this.step = step;
        this.feed = new Feed(step);
        this.outputs = new StepOutputs(step, runs);
        this.runs = runs;
    }

    /// From now on, the launches of some steps are measured, if the device has launches.
    void time(Consumer<LaunchTimes> told) {
        timed = step.hasLaunches() ? Optional.of(told) : Optional.empty();
    }

    /// Steps that the device was given.
    long begun() {
        return begun;
    }

    /// Goes on after a step; what was begun and not looked at is forgotten.
    void goOnAfter(long done) {
        outputs.forget();
        trail.clear();
        begun = done;
    }

    /// Begins one change of the parameters.
    ///
    /// @param positions where the next batch begins
    /// @param complete is given the outputs of earlier steps
    /// @return false if there were not batches enough
    /// @throws TrainingException naming the step if a batch does not fit, or the device cannot work on it
    boolean begin(
            Iterator<Map<String, HostTensor>> batches,
            Supplier<Batches.Position> positions,
            Consumer<Map<String, Double>> complete) {
        for (int run = 0; run < runs; run++) {
            try {
                if (!batches.hasNext()) {
                    return false;
                }
                remember(new Begun(begun + 1, run, positions.get()));
                write(batches.next());
            } catch (RuntimeException e) {
                // What is wrong with a batch is told after all that was done before it.
                outputs.take(0, complete);
                throw e;
            }
            run(run == 0);
            outputs.ask();
            outputs.take(1, complete);
        }
        begun++;
        return true;
    }

    /// A device may be a step ahead, so those of two steps are kept.
    private void remember(Begun run) {
        trail.addLast(run);
        if (trail.size() > 2 * runs) {
            trail.removeFirst();
        }
    }

    private void write(Map<String, HostTensor> batch) {
        try {
            feed.write(batch);
        } catch (TrainingException e) {
            throw new TrainingException("step " + (begun + 1) + ": " + e.getMessage());
        }
    }

    private void run(boolean isFirst) {
        try {
            if (isFirst && timed.isPresent() && LaunchTimes.areDueAt(begun + 1)) {
                timed.get().accept(LaunchTimes.of(step, begun + 1));
            } else {
                step.run();
            }
        } catch (DeviceException e) {
            throw new DeviceException("step " + (begun + 1) + ": " + e.getMessage(), e);
        }
    }

    /// Takes the outputs of the steps begun but perhaps one, if the device works beside the host.
    ///
    /// @param all whether the last one is waited for, too
    void complete(boolean all, Consumer<Map<String, Double>> complete) {
        outputs.take(all ? 0 : outputs.ahead(), complete);
    }

    /// Where the batch of a run begins, if that is known any more.
    Optional<Batches.Position> position(long number, int run) {
        return trail.stream()
                .filter(each -> each.step() == number && each.run() == run)
                .map(Begun::position)
                .findFirst();
    }
}
