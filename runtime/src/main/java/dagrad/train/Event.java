package dagrad.train;

import java.util.Map;
import java.util.OptionalDouble;

/// What a trainer tells its listeners, in this order: one [Started], perhaps one [Resumed], any number of [Step]s and
/// [Warning]s, one [Finished] (unless it fails).
public sealed interface Event {
    /// @param device the backend's name
    /// @param parameters how many numbers are trained
    /// @param steps how many steps there will be at most
    record Started(String device, long parameters, long steps) implements Event {}

    /// A training goes on that was interrupted.
    ///
    /// @param step number of steps done, or 0 if it begins again; the next one told of is the one after it
    /// @param notes what the listener asked to remember ([Checkpointing]) after that step
    record Resumed(long step, Map<String, Double> notes) implements Event {}

    /// Something that people should know and that does not end the training.
    ///
    /// @param step number of steps done
    /// @param text a sentence
    record Warning(long step, String text) implements Event {}

    /// After each step.
    ///
    /// @param step number of steps done, from 1
    /// @param loss before the step, on its batch (with accumulation: the mean over its batches)
    /// @param outputs the graph's other scalars on that batch, by name
    /// @param validation the scalars of the evaluation graph, `loss` among them, if the step was followed by an
    ///     evaluation; else empty
    /// @param learningRate η of this step
    /// @param gradientNorm before clipping, if the recipe reports it
    /// @param itemsPerSecond examples trained on a second, over the last steps, evaluations not counted
    record Step(
            long step,
            double loss,
            Map<String, Double> outputs,
            Map<String, Double> validation,
            double learningRate,
            OptionalDouble gradientNorm,
            double itemsPerSecond)
            implements Event {}

    /// @param best the evaluation with the smallest loss; empty if there was none
    /// @param bestStep number of steps done at the best evaluation, or 0
    /// @param seconds from the first step to the end, evaluations included
    record Finished(long steps, Reason reason, Map<String, Double> best, long bestStep, double seconds)
            implements Event {}

    /// Why training ended.
    enum Reason {
        /// All steps are done.
        STEPS_DONE,
        /// There were no more batches.
        DATA_ENDED,
        /// The evaluations did not improve any more.
        NO_IMPROVEMENT,
        /// It was asked to stop ([Trainer#stop]); the best parameters were not put back.
        STOPPED
    }
}
