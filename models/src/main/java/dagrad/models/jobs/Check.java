package dagrad.models.jobs;

import dagrad.train.Needs;
import dagrad.train.Rehearsal;
import dagrad.train.Run;
import dagrad.train.checkpoint.CheckpointException;
import dagrad.train.checkpoint.CheckpointFolder;
import dagrad.train.checkpoint.State;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/// What can be found out about a training instead of training: whether it comes to the same bits when it is done again, or
/// how much memory it takes.
public sealed interface Check {
    /// @param needs the memory that the training takes
    /// @param device its name
    /// @return the verdict, which ends the training
    TrainingEnded of(Rehearsal rehearsal, Supplier<Needs> needs, String device);

    /// How much memory it takes.
    record Memory() implements Check {
        @Override
        public TrainingEnded of(Rehearsal rehearsal, Supplier<Needs> needs, String device) {
            return new TrainingEnded(needs.get().toText(device).stripTrailing(), true);
        }
    }

    /// The first steps, done twice.
    record Twice(long steps) implements Check {
        /// @throws IllegalArgumentException if there are none
        public Twice {
            if (steps < 1) {
                throw new IllegalArgumentException("at least 1 step must be done twice, not " + steps);
            }
        }

        @Override
        public TrainingEnded of(Rehearsal rehearsal, Supplier<Needs> needs, String device) {
            return verdict(rehearsal.differenceOfTwo(steps), "the first " + steps + " steps, done twice on " + device);
        }
    }

    /// The steps from one checkpoint of a run to the next, done again.
    ///
    /// @param run its folder
    /// @param from the step of the checkpoint to begin with; by default the last but one
    record Resume(Path run, OptionalLong from) implements Check {
        @Override
        public TrainingEnded of(Rehearsal rehearsal, Supplier<Needs> needs, String device) {
            CheckpointFolder folder = new CheckpointFolder(run.resolve(Run.CHECKPOINTS));
            List<CheckpointFolder.Entry> entries = folder.entries().reversed();
            if (entries.isEmpty()) {
                throw new CheckpointException("there are no checkpoints in " + folder.path());
            }
            int first = from.isPresent() ? place(entries, folder) : entries.size() - 2;
            State end = folder.read(entries.get(first + 1));
            State start = first < 0 ? rehearsal.beginning() : folder.read(entries.get(first));
            if (!end.device().equals(device)) {
                throw new CheckpointException("the checkpoint after step " + end.step() + " is from " + end.device()
                        + ", and this is " + device + ": the bits cannot be compared");
            }
            return verdict(
                    rehearsal.difference(start, end),
                    "steps " + (start.step() + 1) + " to " + end.step() + ", done again on " + device);
        }

        private int place(List<CheckpointFolder.Entry> entries, CheckpointFolder folder) {
            for (int i = 0; i < entries.size() - 1; i++) {
                if (entries.get(i).step() == from.getAsLong()) {
                    return i;
                }
            }
            throw new CheckpointException("there is no checkpoint after step " + from.getAsLong() + " in "
                    + folder.path() + " with one after it; there are those after steps "
                    + entries.stream().map(CheckpointFolder.Entry::step).toList());
        }
    }

    private static TrainingEnded verdict(Optional<String> difference, String what) {
        return difference
                .map(text -> new TrainingEnded(what + ", come to something else: " + text, false))
                .orElseGet(() -> new TrainingEnded(what + ", come to the same bits", true));
    }
}
