package dagrad.optimizer;

import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.tensor.DType;

/// The learning rate η_k as a function of the step k = 0, 1, …: on the host, for reports, and in the graph, so
/// that a step needs no number from outside. Schedules compose: `new Cosine(1e-3, 1e-5,
/// 9_000).warmedUp(1_000)`.
public sealed interface Schedule {
    /// η_k.
    ///
    /// @param step k, from 0
    double at(long step);

    /// Emits η_k.
    ///
    /// @param step k as i32[]
    /// @return f32[]
    Value emit(GraphBuilder g, Value step);

    /// This schedule after a linear rise to its first rate.
    default Schedule warmedUp(int steps) {
        return steps == 0 ? this : new WarmUp(steps, this);
    }

    /// The same rate for ever.
    record Constant(double rate) implements Schedule {
        public Constant {
            checkRate(rate);
        }

        @Override
        public double at(long step) {
            return rate;
        }

        @Override
        public Value emit(GraphBuilder g, Value step) {
            return g.constant(rate);
        }
    }

    /// From one rate straight to another, which is reached at step `steps` and kept.
    record Linear(double from, double to, int steps) implements Schedule {
        public Linear {
            checkRate(from);
            checkRate(to);
            checkSteps(steps);
        }

        @Override
        public double at(long step) {
            return from + (to - from) * Math.min(1, (double) step / steps);
        }

        @Override
        public Value emit(GraphBuilder g, Value step) {
            return g.add(g.mul(progress(g, step, steps), to - from), from);
        }
    }

    /// From one rate to another along half a period of the cosine: to + (from - to) (1 + cos πt)/2 with t =
    /// k/steps, at most 1 (Loshchilov & Hutter, "SGDR", 2016, without restarts).
    record Cosine(double from, double to, int steps) implements Schedule {
        public Cosine {
            checkRate(from);
            checkRate(to);
            checkSteps(steps);
        }

        @Override
        public double at(long step) {
            return to + (from - to) * (1 + Math.cos(Math.PI * Math.min(1, (double) step / steps))) / 2;
        }

        /// (1 + cos πt)/2 = cos²(πt/2), which keeps its digits in f32 where it is small.
        @Override
        public Value emit(GraphBuilder g, Value step) {
            Value falling = g.square(g.cos(g.mul(progress(g, step, steps), Math.PI / 2)));
            return g.add(g.mul(falling, from - to), to);
        }
    }

    /// Multiplied by a factor after every so many steps: rate · factor^⌊k/every⌋.
    record StepDecay(double rate, double factor, int every) implements Schedule {
        public StepDecay {
            checkRate(rate);
            checkSteps(every);
            if (!(factor > 0 && factor <= 1)) {
                throw new IllegalArgumentException("the factor of a step decay must lie in (0, 1], not " + factor);
            }
        }

        @Override
        public double at(long step) {
            return rate * Math.pow(factor, Math.floor((double) step / every));
        }

        /// The number of decays comes from integer arithmetic, so that no rounding moves a decay by a step.
        @Override
        public Value emit(GraphBuilder g, Value step) {
            Value whole = g.cast(g.sub(step, g.mod(step, g.like(step, every))), DType.F32);
            Value decays = g.mul(whole, 1.0 / every);
            return g.mul(g.exp(g.mul(decays, Math.log(factor))), rate);
        }
    }

    /// A linear rise, (k+1)/steps of the first rate, then the other schedule from its beginning.
    record WarmUp(int steps, Schedule after) implements Schedule {
        public WarmUp {
            checkSteps(steps);
        }

        @Override
        public double at(long step) {
            return after.at(Math.max(step - steps, 0)) * Math.min(1, (step + 1.0) / steps);
        }

        @Override
        public Value emit(GraphBuilder g, Value step) {
            Value later = g.max(g.sub(step, steps), 0);
            return g.mul(after.emit(g, later), progress(g, g.add(step, 1), steps));
        }
    }

    /// min(step, steps)/steps as f32[].
    private static Value progress(GraphBuilder g, Value step, int steps) {
        return g.mul(g.cast(g.min(step, steps), DType.F32), 1.0 / steps);
    }

    private static void checkRate(double rate) {
        if (!(rate >= 0) || Double.isInfinite(rate)) {
            throw new IllegalArgumentException("a learning rate must be a number of at least 0, not " + rate);
        }
    }

    private static void checkSteps(int steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("a schedule must last at least 1 step, not " + steps);
        }
    }
}
