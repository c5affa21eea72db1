package dagrad.optimizer;

import dagrad.precision.Precision;
import java.util.List;
import java.util.OptionalDouble;

/// How a step changes the parameters: `Recipe.of(new AdamW(), new Cosine(1e-3, 0, 10_000)).clipped(1)`.
///
/// @param groups parameters by treatment; [ParameterGroup#standard] unless said otherwise
/// @param clipNorm if given, gradients whose norm over all parameters is larger are scaled down to it
/// @param accumulation over how many runs the gradient is averaged before the parameters change
/// @param reportsNorm whether the gradient's norm is an output (costs one pass over the gradients where they are not
///     clipped anyway); with a guard it is in any case
/// @param precision in what the loss and its gradients are computed; what the step makes of them is f32
/// @param guard what a step does whose loss or gradient is not finite
/// @param average if given, the share that a moving average of the parameters keeps of itself in a step: the average is
///     what is evaluated and what the training comes to
public record Recipe(
        Optimizer optimizer,
        Schedule schedule,
        List<ParameterGroup> groups,
        OptionalDouble clipNorm,
        int accumulation,
        boolean reportsNorm,
        Precision precision,
        Guard guard,
        OptionalDouble average) {
    /// What becomes of a step whose loss or gradient's norm (in f32, over all parameters) is infinite or no number.
    public enum Guard {
        /// It is applied like any other.
        NONE,
        /// Nothing changes, and nothing will: all states are as they were before that run, to be looked at.
        FREEZE,
        /// The step counts and changes nothing else; with accumulation all of its runs are lost.
        SKIP
    }

    /// @throws IllegalArgumentException if the norm is not above 0, the accumulation below 1, or the average's share
    ///     not in [0, 1)
    public Recipe {
        groups = List.copyOf(groups);
        if (clipNorm.isPresent() && !(clipNorm.getAsDouble() > 0)) {
            throw new IllegalArgumentException("gradients can be clipped to a norm above 0, not "
                    + clipNorm.getAsDouble() + "; leave it out to keep them as they are");
        }
        if (accumulation < 1) {
            throw new IllegalArgumentException("gradients are accumulated over at least 1 run, not " + accumulation);
        }
        if (average.isPresent() && !(average.getAsDouble() >= 0 && average.getAsDouble() < 1)) {
            throw new IllegalArgumentException(
                    "an average keeps a share from 0 to below 1 of itself, not " + average.getAsDouble());
        }
    }

    /// Standard groups, no clipping, no accumulation, the gradient's norm reported, in f32; what is not finite freezes.
    public static Recipe of(Optimizer optimizer, Schedule schedule) {
        return new Recipe(
                optimizer,
                schedule,
                ParameterGroup.standard(),
                OptionalDouble.empty(),
                1,
                true,
                Precision.F32,
                Guard.FREEZE,
                OptionalDouble.empty());
    }

    public Recipe clipped(double norm) {
        return new Recipe(
                optimizer,
                schedule,
                groups,
                OptionalDouble.of(norm),
                accumulation,
                reportsNorm,
                precision,
                guard,
                average);
    }

    public Recipe accumulating(int runs) {
        return new Recipe(optimizer, schedule, groups, clipNorm, runs, reportsNorm, precision, guard, average);
    }

    public Recipe grouped(List<ParameterGroup> by) {
        return new Recipe(optimizer, schedule, by, clipNorm, accumulation, reportsNorm, precision, guard, average);
    }

    public Recipe in(Precision chosen) {
        return new Recipe(optimizer, schedule, groups, clipNorm, accumulation, reportsNorm, chosen, guard, average);
    }

    public Recipe withoutNorm() {
        return new Recipe(optimizer, schedule, groups, clipNorm, accumulation, false, precision, guard, average);
    }

    public Recipe guarded(Guard chosen) {
        return new Recipe(optimizer, schedule, groups, clipNorm, accumulation, reportsNorm, precision, chosen, average);
    }

    /// With a moving average of the parameters (Polyak & Juditsky 1992, in the form that Ho et al., "Denoising
    /// diffusion probabilistic models", 2020, use).
    public Recipe averaged(double share) {
        return new Recipe(
                optimizer,
                schedule,
                groups,
                clipNorm,
                accumulation,
                reportsNorm,
                precision,
                guard,
                OptionalDouble.of(share));
    }
}
