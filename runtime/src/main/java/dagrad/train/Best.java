package dagrad.train;

import dagrad.optimizer.StepGraph;
import dagrad.tensor.HostTensor;
import java.util.Map;
import java.util.function.Supplier;

/// The best evaluation so far.
///
/// @param evaluation its scalars; empty if there was none
/// @param step number of steps done then, or 0
/// @param misses how many evaluations came after it
/// @param flats the flat parameters as they were then, if they may be put back
record Best(Map<String, Double> evaluation, long step, int misses, Map<String, HostTensor> flats) {
    static final Best NONE = new Best(Map.of(), 0, 0, Map.of());

    /// After another evaluation.
    ///
    /// @param now its scalars; empty if there was none
    /// @param parameters the flat parameters now, asked for if this is the best
    Best after(Map<String, Double> now, long steps, Supplier<Map<String, HostTensor>> parameters) {
        if (now.isEmpty()) {
            return this;
        }
        double loss = now.getOrDefault(StepGraph.LOSS, Double.NaN);
        double before = evaluation.getOrDefault(StepGraph.LOSS, Double.POSITIVE_INFINITY);
        return loss < before
                ? new Best(now, steps, 0, parameters.get())
                : new Best(evaluation, step, misses + 1, flats);
    }
}
