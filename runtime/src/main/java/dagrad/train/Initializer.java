package dagrad.train;

import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.SplittableRandom;

/// What a parameter is before training.
///
/// Weights are [out, in, ..]: an output sums over fan-in = in · (the product of what follows) inputs, and an input
/// takes part in fan-out = out · (the same product) outputs.
public sealed interface Initializer {
    /// A new tensor.
    ///
    /// @throws IllegalArgumentException if the fans are needed and the rank is below 2
    HostTensor tensor(TensorSpec spec, SplittableRandom random);

    /// By the last part of the name and the shape: ones for `gain` and `scale`; [FanIn] for what has two axes or more;
    /// zeros for biases and all else.
    static Initializer standard(String parameter, TensorSpec spec) {
        String last = parameter.substring(parameter.lastIndexOf('/') + 1);
        if (last.equals("gain") || last.equals("scale")) {
            return new Fill(1);
        }
        return spec.shape().rank() >= 2 ? new FanIn() : new Fill(0);
    }

    /// The same number everywhere.
    record Fill(double value) implements Initializer {
        @Override
        public HostTensor tensor(TensorSpec spec, SplittableRandom random) {
            return HostTensor.of(spec, value);
        }
    }

    /// Numbers that are known: of an earlier training, or written down.
    record Given(HostTensor value) implements Initializer {
        /// @throws IllegalArgumentException if the parameter has another shape
        @Override
        public HostTensor tensor(TensorSpec spec, SplittableRandom random) {
            if (!value.shape().equals(spec.shape())) {
                throw new IllegalArgumentException("a parameter " + spec + " cannot begin as " + value.spec());
            }
            return value.cast(spec.dtype());
        }
    }

    /// Uniform in [-bound, bound).
    record Uniform(double bound) implements Initializer {
        @Override
        public HostTensor tensor(TensorSpec spec, SplittableRandom random) {
            HostTensor result = HostTensor.zeros(spec);
            for (long i = 0; i < result.size(); i++) {
                result.set(i, bound * (2 * random.nextDouble() - 1));
            }
            return result;
        }
    }

    /// Normal with mean 0, by the Box-Muller transform in strict arithmetic, so that a seed means the same on every
    /// machine and Java.
    record Normal(double deviation) implements Initializer {
        @Override
        public HostTensor tensor(TensorSpec spec, SplittableRandom random) {
            HostTensor result = HostTensor.zeros(spec);
            for (long i = 0; i < result.size(); i++) {
                double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - random.nextDouble()));
                result.set(i, deviation * radius * StrictMath.cos(2 * Math.PI * random.nextDouble()));
            }
            return result;
        }
    }

    /// Uniform with bound 1/√fan-in: what PyTorch does for linear and convolutional layers.
    record FanIn() implements Initializer {
        @Override
        public HostTensor tensor(TensorSpec spec, SplittableRandom random) {
            return new Uniform(1 / Math.sqrt(fanIn(spec))).tensor(spec, random);
        }
    }

    /// Uniform with bound √(6/(fan-in + fan-out)): keeps variances through layers with tanh (Glorot & Bengio 2010).
    record Xavier() implements Initializer {
        @Override
        public HostTensor tensor(TensorSpec spec, SplittableRandom random) {
            return new Uniform(Math.sqrt(6.0 / (fanIn(spec) + fanOut(spec)))).tensor(spec, random);
        }
    }

    /// Normal with deviation √(2/fan-in): keeps variances through layers with ReLU (He et al. 2015).
    record He() implements Initializer {
        @Override
        public HostTensor tensor(TensorSpec spec, SplittableRandom random) {
            return new Normal(Math.sqrt(2.0 / fanIn(spec))).tensor(spec, random);
        }
    }

    private static double fanIn(TensorSpec spec) {
        requireWeights(spec);
        return (double) Math.max(1, spec.shape().sub(1, spec.shape().rank()).size());
    }

    private static double fanOut(TensorSpec spec) {
        Shape shape = spec.shape();
        return (double) shape.dim(0) * shape.sub(2, shape.rank()).size();
    }

    private static void requireWeights(TensorSpec spec) {
        if (spec.shape().rank() < 2) {
            throw new IllegalArgumentException(
                    spec + " has no inputs and outputs to count; name an initializer that needs none");
        }
    }
}
