package dagrad.train;

import dagrad.data.Batches;
import dagrad.tensor.HostTensor;
import dagrad.train.checkpoint.State;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/// Runs a stretch of a training for a second time, to see whether it comes to the same bits.
///
/// @param trainers makes a trainer at the beginning of the training, each time a new one
/// @param batches makes the training's batches from a position on
/// @param validation of the training
public record Rehearsal(
        Supplier<Trainer> trainers,
        Function<Batches.Position, Batches> batches,
        Iterable<Map<String, HostTensor>> validation) {
    /// Goes on from one state of a training to the step of a later one.
    ///
    /// @return what differs first from the later state; empty if nothing does
    /// @throws dagrad.train.checkpoint.CheckpointException if the states are of another training
    public Optional<String> difference(State from, State to) {
        try (Trainer trainer = trainers.get()) {
            trainer.restore(from);
            return run(trainer, to.step()).difference(to);
        }
    }

    /// The state at the beginning.
    public State beginning() {
        try (Trainer trainer = trainers.get()) {
            return trainer.state();
        }
    }

    /// Trains the first steps twice, each time on a plan that was loaded for it.
    ///
    /// @return what differs first between the two; empty if nothing does
    public Optional<String> differenceOfTwo(long steps) {
        try (Trainer first = trainers.get()) {
            return difference(beginning(), run(first, steps));
        }
    }

    private State run(Trainer trainer, long until) {
        try (Batches source = batches.apply(trainer.position())) {
            trainer.trainUntil(until, source, validation);
            return trainer.state();
        }
    }
}
