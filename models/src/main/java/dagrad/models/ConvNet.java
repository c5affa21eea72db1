package dagrad.models;

import static dagrad.tensor.TensorSpec.f32;
import static dagrad.tensor.TensorSpec.i32;

import dagrad.graph.ConvSpec;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import dagrad.train.Initializer;
import java.util.List;

/// A convolutional network after LeCun et al., "Gradient-based learning applied to document recognition" (1998), with
/// what came since: for each width a stage of a 3 × 3 convolution, ReLU, and the maximum of each 2 × 2 window; then a
/// hidden layer with ReLU and dropout, and one number for each class.
///
/// The input is `x` f32[batch, channels, side, side], the target `y` i32[batch]. Parameters are `stage1/weight`
/// [out, in, 3, 3] and `stage1/bias` [out] and so on, `hidden/…` and `output/…`, [out, in] and [out].
///
/// @param image shape of an image, `[channels, height, width]`
/// @param widths channels of the stages
/// @param hidden size of the hidden layer
/// @param dropout share of the hidden layer that is left out in training
public record ConvNet(Shape image, List<Integer> widths, int hidden, int classes, double dropout)
        implements Classifier {
    /// @throws IllegalArgumentException if a size is below 1, or nothing is left of an image after the last stage
    public ConvNet {
        widths = List.copyOf(widths);
        if (image.rank() != 3 || hidden < 1 || classes < 1 || widths.stream().anyMatch(width -> width < 1)) {
            throw new IllegalArgumentException(
                    "a convolutional network needs images [channels, height, width] and sizes" + " of at least 1, not "
                            + image + ", " + widths + ", " + hidden + " and " + classes);
        }
        if (Math.min(image.dim(1), image.dim(2)) >> widths.size() == 0) {
            throw new IllegalArgumentException("an image of " + image.dim(1) + " x " + image.dim(2)
                    + " pixels is halved " + widths.size() + " times, and nothing is left; give fewer widths");
        }
    }

    @Override
    public Shape example() {
        return image;
    }

    @Override
    public Graph training(int batch) {
        return graph(batch, dropout);
    }

    @Override
    public Graph evaluation(int batch) {
        return graph(batch, 0);
    }

    private Graph graph(int batch, double rate) {
        return Graph.build(g -> {
            Value logits = logits(g, batch, rate);
            Value target = g.input("y", i32(batch));
            g.output("loss", g.crossEntropy(logits, target));
            g.output("accuracy", g.mean(g.hits(logits, target)));
        });
    }

    @Override
    public Graph prediction(int batch) {
        return Graph.build(g -> {
            Value logits = logits(g, batch, 0);
            g.output("probabilities", g.softmax(logits, -1));
            g.output("class", g.argmax(logits, -1));
        });
    }

    private Value logits(GraphBuilder g, int batch, double rate) {
        Value h = g.input("x", new TensorSpec(DType.F32, Shape.of(batch).concat(image)));
        h = g.relu(linear(g, "hidden", features(g, h, widths), hidden));
        return linear(g, "output", g.dropout(h, rate), classes);
    }

    /// The stages: images [n, c, h, w] become rows [n, features].
    static Value features(GraphBuilder g, Value images, List<Integer> widths) {
        Value h = images;
        for (int stage = 1; stage <= widths.size(); stage++) {
            h = stage(g, "stage" + stage, h, widths.get(stage - 1));
        }
        return g.reshape(h, g.spec(h).shape().dim(0), -1);
    }

    private static Value stage(GraphBuilder g, String name, Value x, int out) {
        int in = g.spec(x).shape().dim(1);
        return g.scope(name, () -> {
            Value z = g.conv2d(x, g.parameter("weight", f32(out, in, 3, 3)), ConvSpec.of(1, 1));
            Value pooled = g.maxPool2d(z, 2, 2, 0);
            // Bias and ReLU keep the order of numbers, so they may come after the maximum: a quarter of the work.
            return g.relu(g.add(pooled, g.reshape(g.parameter("bias", f32(out)), out, 1, 1)));
        });
    }

    static Value linear(GraphBuilder g, String name, Value x, int out) {
        int in = g.spec(x).shape().dim(-1);
        return g.scope(name, () -> g.linear(x, g.parameter("weight", f32(out, in)), g.parameter("bias", f32(out))));
    }

    /// He's, as fits ReLU.
    @Override
    public Initializer initializer(String parameter, TensorSpec spec) {
        return spec.shape().rank() < 2 ? new Initializer.Fill(0) : new Initializer.He();
    }
}
