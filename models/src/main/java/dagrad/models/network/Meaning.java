package dagrad.models.network;

import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import java.util.Arrays;
import java.util.function.BiFunction;
import java.util.function.DoubleUnaryOperator;

/// What an activation computes, told twice and independently: for one node in float64 ([Explain]), and for many
/// nodes and a batch of examples as a graph ([Lowering]).
sealed interface Meaning {
    /// How many components g(a) has for that many arguments.
    default int components(int arguments) {
        return 1;
    }

    /// Whether the arguments are two lists of one length, one after the other.
    default boolean pairs() {
        return false;
    }

    /// r = g(a)
    double[] value(double[] a);

    /// γ = J(a)ᵀ δ, with J the Jacobian of g.
    double[] pullBack(double[] a, double[] delta);

    /// A function of the sum of the arguments. It is lowered from the sums, wherever those come from.
    ///
    /// @param graph for sums [nodes, batch] the function of each
    record OfSum(
            DoubleUnaryOperator function, DoubleUnaryOperator derivative, BiFunction<GraphBuilder, Value, Value> graph)
            implements Meaning {
        @Override
        public double[] value(double[] a) {
            return new double[] {function.applyAsDouble(Arrays.stream(a).sum())};
        }

        @Override
        public double[] pullBack(double[] a, double[] delta) {
            double[] gamma = new double[a.length];
            Arrays.fill(gamma, derivative.applyAsDouble(Arrays.stream(a).sum()) * delta[0]);
            return gamma;
        }
    }

    /// A function that does not see its arguments by their sum alone.
    sealed interface Joint extends Meaning {
        /// For arguments [nodes, arguments, batch] the results [nodes, components, batch].
        Value lower(GraphBuilder g, Value a);
    }

    record Product() implements Joint {
        @Override
        public double[] value(double[] a) {
            double product = 1;
            for (double factor : a) {
                product *= factor;
            }
            return new double[] {product};
        }

        /// ∂/∂aₘ is the product of the others, taken as such because aₘ may be 0.
        @Override
        public double[] pullBack(double[] a, double[] delta) {
            double[] gamma = new double[a.length];
            for (int m = 0; m < a.length; m++) {
                gamma[m] = delta[0];
                for (int other = 0; other < a.length; other++) {
                    gamma[m] *= other == m ? 1 : a[other];
                }
            }
            return gamma;
        }

        @Override
        public Value lower(GraphBuilder g, Value a) {
            return g.unsqueeze(g.prod(a, 1), 1);
        }
    }

    record Softmax() implements Joint {
        @Override
        public int components(int arguments) {
            return arguments;
        }

        @Override
        public double[] value(double[] a) {
            double max = Arrays.stream(a).max().orElseThrow();
            double sum = Arrays.stream(a).map(z -> Math.exp(z - max)).sum();
            return Arrays.stream(a).map(z -> Math.exp(z - max) / sum).toArray();
        }

        /// ∂sᵢ/∂aₘ = sᵢ ([i = m] − sₘ)
        @Override
        public double[] pullBack(double[] a, double[] delta) {
            double[] s = value(a);
            double[] gamma = new double[a.length];
            for (int m = 0; m < a.length; m++) {
                for (int i = 0; i < a.length; i++) {
                    gamma[m] += s[i] * ((i == m ? 1 : 0) - s[m]) * delta[i];
                }
            }
            return gamma;
        }

        @Override
        public Value lower(GraphBuilder g, Value a) {
            return g.softmax(a, 1);
        }
    }

    record SquaredError() implements Joint {
        @Override
        public boolean pairs() {
            return true;
        }

        @Override
        public double[] value(double[] a) {
            int n = a.length / 2;
            double sum = 0;
            for (int i = 0; i < n; i++) {
                sum += (a[i] - a[n + i]) * (a[i] - a[n + i]);
            }
            return new double[] {sum};
        }

        @Override
        public double[] pullBack(double[] a, double[] delta) {
            int n = a.length / 2;
            double[] gamma = new double[a.length];
            for (int i = 0; i < n; i++) {
                gamma[i] = 2 * (a[i] - a[n + i]) * delta[0];
                gamma[n + i] = -gamma[i];
            }
            return gamma;
        }

        @Override
        public Value lower(GraphBuilder g, Value a) {
            int n = g.spec(a).shape().dim(1) / 2;
            return g.sumKeepDims(g.square(g.sub(g.slice(a, 1, 0, n), g.slice(a, 1, n, 2 * n))), 1);
        }
    }

    record CrossEntropy() implements Joint {
        @Override
        public boolean pairs() {
            return true;
        }

        @Override
        public double[] value(double[] a) {
            double[] logs = logSoftmax(a);
            double sum = 0;
            for (int i = 0; i < logs.length; i++) {
                sum -= a[logs.length + i] * logs[i];
            }
            return new double[] {sum};
        }

        /// ∂/∂zᵢ = sᵢ Σ t − tᵢ;  ∂/∂tᵢ = −log sᵢ
        @Override
        public double[] pullBack(double[] a, double[] delta) {
            double[] logs = logSoftmax(a);
            int n = logs.length;
            double total = Arrays.stream(a, n, 2 * n).sum();
            double[] gamma = new double[a.length];
            for (int i = 0; i < n; i++) {
                gamma[i] = (Math.exp(logs[i]) * total - a[n + i]) * delta[0];
                gamma[n + i] = -logs[i] * delta[0];
            }
            return gamma;
        }

        private static double[] logSoftmax(double[] a) {
            double[] z = Arrays.copyOf(a, a.length / 2);
            double max = Arrays.stream(z).max().orElseThrow();
            double log =
                    max + Math.log(Arrays.stream(z).map(x -> Math.exp(x - max)).sum());
            return Arrays.stream(z).map(x -> x - log).toArray();
        }

        @Override
        public Value lower(GraphBuilder g, Value a) {
            int n = g.spec(a).shape().dim(1) / 2;
            Value logs = g.logSoftmax(g.slice(a, 1, 0, n), 1);
            return g.neg(g.sumKeepDims(g.mul(g.slice(a, 1, n, 2 * n), logs), 1));
        }
    }
}
