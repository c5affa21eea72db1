package dagrad.train;

import dagrad.train.checkpoint.CheckpointFolder;
import java.util.Map;
import java.util.function.Supplier;

/// Where and how often a training is saved, apart from the best evaluation, a stop and the end, which always are.
///
/// @param keep how many checkpoints are kept, besides that of the best evaluation; 1 or more
/// @param notes numbers that a listener wants back when the training goes on ([Event.Resumed]), asked for after it was
///     told of the step
public record Checkpointing(CheckpointFolder folder, Cadence cadence, int keep, Supplier<Map<String, Double>> notes) {
    /// @throws IllegalArgumentException if none would be kept
    public Checkpointing {
        if (keep < 1) {
            throw new IllegalArgumentException("at least 1 checkpoint must be kept, not " + keep);
        }
    }

    /// No notes.
    public Checkpointing(CheckpointFolder folder, Cadence cadence, int keep) {
        this(folder, cadence, keep, Map::of);
    }
}
