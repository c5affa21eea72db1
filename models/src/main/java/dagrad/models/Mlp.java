package dagrad.models;

import static dagrad.tensor.TensorSpec.f32;
import static dagrad.tensor.TensorSpec.i32;

import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import dagrad.train.Initializer;
import java.util.List;

/// The multilayer perceptron of lecture (8): hˡ = φ(Wˡ hˡ⁻¹ + bˡ), without φ in the last layer.
///
/// The input is `x` f32[batch, sizes[0]]; parameters are `layer1/weight` [out, in], `layer1/bias` [out] and so on. The
/// target is `y`: i32[batch] class numbers with cross entropy, f32[batch, out] with the squared error.
///
/// @param sizes of all layers, from the input to the output
public record Mlp(List<Integer> sizes, Activation activation, Objective objective) implements Classifier {
    /// φ.
    public enum Activation {
        RELU,
        TANH,
        SIGMOID,
        GELU,
        SILU;

        Value of(GraphBuilder g, Value z) {
            return switch (this) {
                case RELU -> g.relu(z);
                case TANH -> g.tanh(z);
                case SIGMOID -> g.sigmoid(z);
                case GELU -> g.gelu(z);
                case SILU -> g.silu(z);
            };
        }
    }

    /// J of lecture (8).
    public enum Objective {
        /// Mean cross entropy of the outputs as logits; `accuracy` is an output, too.
        CROSS_ENTROPY,
        /// Mean squared difference.
        SQUARED_ERROR
    }

    /// @throws IllegalArgumentException if there are fewer than two sizes, or one is below 1
    public Mlp {
        sizes = List.copyOf(sizes);
        if (sizes.size() < 2 || sizes.stream().anyMatch(size -> size < 1)) {
            throw new IllegalArgumentException(
                    "a perceptron needs the sizes of its input and its layers, each at least 1, not " + sizes);
        }
    }

    /// ReLU and cross entropy: a classifier.
    public static Mlp classifier(Integer... sizes) {
        return new Mlp(List.of(sizes), Activation.RELU, Objective.CROSS_ENTROPY);
    }

    @Override
    public Graph training(int batch) {
        return Graph.build(g -> {
            Value y = outputs(g, batch);
            switch (objective) {
                case CROSS_ENTROPY -> {
                    Value target = g.input("y", i32(batch));
                    g.output("loss", g.crossEntropy(y, target));
                    g.output("accuracy", g.mean(g.hits(y, target)));
                }
                case SQUARED_ERROR ->
                    g.output("loss", g.meanSquaredError(y, g.input("y", f32(batch, sizes.getLast()))));
            }
        });
    }

    @Override
    public Shape example() {
        return Shape.of(sizes.getFirst());
    }

    /// The graph of the outputs alone: `y` f32[batch, out]; for a classifier also `probabilities` of that shape and
    /// `class` i32[batch].
    @Override
    public Graph prediction(int batch) {
        return Graph.build(g -> {
            Value y = g.output("y", outputs(g, batch));
            if (objective == Objective.CROSS_ENTROPY) {
                g.output("probabilities", g.softmax(y, -1));
                g.output("class", g.argmax(y, -1));
            }
        });
    }

    private Value outputs(GraphBuilder g, int batch) {
        Value h = g.input("x", f32(batch, sizes.getFirst()));
        for (int layer = 1; layer < sizes.size(); layer++) {
            h = layer(g, layer, h);
        }
        return h;
    }

    private Value layer(GraphBuilder g, int number, Value h) {
        int in = sizes.get(number - 1);
        int out = sizes.get(number);
        return g.scope("layer" + number, () -> {
            Value z = g.linear(h, g.parameter("weight", f32(out, in)), g.parameter("bias", f32(out)));
            return number == sizes.size() - 1 ? z : activation.of(g, z);
        });
    }

    /// What suits the activation: He's for those that cut off one half, Glorot's for those that are odd about 0.
    @Override
    public Initializer initializer(String parameter, TensorSpec spec) {
        if (spec.shape().rank() < 2) {
            return new Initializer.Fill(0);
        }
        return switch (activation) {
            case RELU, GELU, SILU -> new Initializer.He();
            case TANH, SIGMOID -> new Initializer.Xavier();
        };
    }
}
