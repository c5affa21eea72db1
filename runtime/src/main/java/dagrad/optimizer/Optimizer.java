package dagrad.optimizer;

import dagrad.graph.AdamWStep;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import java.util.List;

/// A rule that makes new parameters of old ones and a gradient. It is elementwise, so it is applied to all
/// parameters of a group at once.
///
/// Weight decay is decoupled in every optimizer: θ⁺ = θ − η h − η λ θ with the old θ, where h is what the rule
/// makes of the gradient.
public sealed interface Optimizer {
    /// λ, the strength of the decay; each [ParameterGroup] scales it.
    double weightDecay();

    /// Names of the tensors, shaped as the parameters, that are kept from step to step. They start at zero.
    List<String> states();

    /// Emits one step.
    ///
    /// @param in the parameters θ, their gradient g and the states
    /// @param rate η_k, a scalar of the parameters' type
    /// @param step k as i32[], from 0
    /// @param decay λ of this group
    /// @return the new θ, then the new states
    List<Value> emit(GraphBuilder g, Operands in, Value rate, Value step, double decay);

    /// What a rule works on: tensors of one spec.
    record Operands(Value parameters, Value gradient, List<Value> states) {
        public Operands {
            states = List.copyOf(states);
        }
    }

    /// Steepest descent, lecture (4) and (6): h = g. With momentum μ (Polyak's heavy ball as PyTorch has it):
    /// v ← μ v + g, h = v, or with Nesterov's look ahead h = g + μ v.
    record Sgd(double momentum, boolean nesterov, double weightDecay) implements Optimizer {
        /// @throws IllegalArgumentException if a number is out of range, or Nesterov is wanted without momentum
        public Sgd {
            checkFraction("momentum", momentum);
            checkNotNegative("weight decay", weightDecay);
            if (nesterov && momentum == 0) {
                throw new IllegalArgumentException("Nesterov's rule needs a momentum above 0");
            }
        }

        /// Plain steepest descent.
        public Sgd() {
            this(0, false, 0);
        }

        @Override
        public List<String> states() {
            return momentum == 0 ? List.of() : List.of("velocity");
        }

        @Override
        public List<Value> emit(GraphBuilder g, Operands in, Value rate, Value step, double decay) {
            if (momentum == 0) {
                return List.of(descend(g, in, in.gradient(), rate, decay));
            }
            Value velocity = g.add(g.mul(in.states().getFirst(), momentum), in.gradient());
            Value direction = nesterov ? g.add(in.gradient(), g.mul(velocity, momentum)) : velocity;
            return List.of(descend(g, in, direction, rate, decay), velocity);
        }

        /// θ (1 − η λ) − η h
        private static Value descend(GraphBuilder g, Operands in, Value direction, Value rate, double decay) {
            Value kept = decay == 0 ? in.parameters() : g.mul(in.parameters(), g.oneMinus(g.mul(rate, decay)));
            return g.sub(kept, g.mul(direction, rate));
        }
    }

    /// Lecture (7), the composite [AdamWStep] (Loshchilov & Hutter, "Decoupled weight decay regularization",
    /// 2017).
    record AdamW(double beta1, double beta2, double epsilon, double weightDecay) implements Optimizer {
        /// @throws IllegalArgumentException if a number is out of range
        public AdamW {
            checkFraction("beta1", beta1);
            checkFraction("beta2", beta2);
            checkNotNegative("weight decay", weightDecay);
            if (!(epsilon > 0)) {
                throw new IllegalArgumentException("AdamW's epsilon must be above 0, not " + epsilon);
            }
        }

        /// β1 = 0.9, β2 = 0.999, ε = 1e-8, λ = 0.01.
        public AdamW() {
            this(0.9, 0.999, 1e-8, 0.01);
        }

        public AdamW withWeightDecay(double lambda) {
            return new AdamW(beta1, beta2, epsilon, lambda);
        }

        @Override
        public List<String> states() {
            return List.of("m", "v");
        }

        @Override
        public List<Value> emit(GraphBuilder g, Operands in, Value rate, Value step, double decay) {
            DType dtype = g.spec(in.parameters()).dtype();
            return g.applyAll(
                    new AdamWStep(beta1, beta2, epsilon, decay),
                    List.of(
                            in.parameters(),
                            in.gradient(),
                            in.states().get(0),
                            in.states().get(1),
                            rate,
                            biasCorrection(g, beta1, step, dtype),
                            biasCorrection(g, beta2, step, dtype)));
        }

        /// 1 − β^(k+1) as −expm1((k+1) ln β): in f32 the power itself would leave few digits of the difference.
        private static Value biasCorrection(GraphBuilder g, double beta, Value step, DType dtype) {
            Value next = g.cast(g.add(step, 1), dtype);
            return beta == 0 ? g.onesLike(next) : g.neg(g.expm1(g.mul(next, Math.log(beta))));
        }
    }

    private static void checkFraction(String what, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException("the " + what + " must lie in [0, 1), not " + value);
        }
    }

    private static void checkNotNegative(String what, double value) {
        if (!(value >= 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException("the " + what + " must be a number of at least 0, not " + value);
        }
    }
}
