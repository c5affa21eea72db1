package dagrad.optimizer;

import dagrad.tensor.TensorSpec;
import java.util.List;
import java.util.function.BiPredicate;

/// Parameters that are treated alike: they lie in one flat buffer and are updated by one launch.
///
/// @param name part of the flat buffer's label: `params/decay`
/// @param takes whether a parameter, given by name and spec, belongs here; the first group that takes it has it
/// @param rateFactor multiplies the learning rate
/// @param decayFactor multiplies the optimizer's weight decay
public record ParameterGroup(
        String name, BiPredicate<String, TensorSpec> takes, double rateFactor, double decayFactor) {
    /// Matrices, filters and tables decay; biases, the gains of norms and all else of rank below 2 does not:
    /// there are few of them, and pulling them to zero does not make a function smoother.
    public static List<ParameterGroup> standard() {
        return List.of(
                new ParameterGroup("decay", (_, spec) -> spec.shape().rank() >= 2, 1, 1),
                new ParameterGroup("no_decay", (_, _) -> true, 1, 0));
    }

    /// All parameters alike, as most libraries have it if nothing is said.
    public static List<ParameterGroup> single() {
        return List.of(new ParameterGroup("all", (_, _) -> true, 1, 1));
    }
}
