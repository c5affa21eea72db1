package dagrad.models;

import static dagrad.tensor.TensorSpec.f32;

import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import dagrad.train.Initializer;
import dagrad.train.Model;
import java.util.List;

/// A variational autoencoder after Kingma & Welling, "Auto-Encoding Variational Bayes" (2014): an encoder gives for an
/// image x a normal distribution q(z|x) of few numbers z, a decoder gives for z the mean x̂ of p(x|z), normal with the
/// deviation σ for each pixel. With β = 1 the loss is the negative evidence lower bound, in nats for an image of D
/// pixels:
///
/// - `reconstruction` = −log p(x|z) = ‖x − x̂‖² / 2σ² + D/2 · log 2πσ², with one z drawn from q as
///   μ + exp(½ log σ_q²) ε;
/// - `kl` = KL(q(z|x) ‖ N(0, 1)) = ½ Σ (μ² + σ_q² − 1 − log σ_q²), in closed form;
/// - `loss` = reconstruction + β kl (β ≠ 1: Higgins et al., "β-VAE", 2017).
///
/// As p has a density, the bound may be of either sign. The input is `x` f32[batch, channels, height, width] from 0 to
/// 1.
///
/// @param image `[channels, height, width]`
/// @param hidden sizes of the encoder's hidden layers; the decoder has them in reverse
/// @param latent size of z
/// @param deviation σ
public record Vae(Shape image, List<Integer> hidden, int latent, double deviation, double beta) implements Model {
    /// @throws IllegalArgumentException if a size is below 1, σ is not positive, or β is negative
    public Vae {
        hidden = List.copyOf(hidden);
        if (image.rank() != 3 || latent < 1 || hidden.stream().anyMatch(size -> size < 1)) {
            throw new IllegalArgumentException("an autoencoder needs images [channels, height, width] and sizes of at"
                    + " least 1, not " + image + ", " + hidden + " and " + latent);
        }
        if (!(deviation > 0 && beta >= 0)) {
            throw new IllegalArgumentException(
                    "σ must be positive and β not negative, they are " + deviation + " and " + beta);
        }
    }

    /// Numbers of an image.
    private int pixels() {
        return Math.toIntExact(image.size());
    }

    @Override
    public Graph training(int batch) {
        return Graph.build(g -> {
            Value x = images(g, batch);
            Value q = encode(g, x);
            Value mean = g.slice(q, 1, 0, latent);
            Value logVariance = g.slice(q, 1, latent, 2 * latent);
            Value z = g.add(mean, g.mul(g.exp(g.mul(logVariance, 0.5)), g.normal(Shape.of(batch, latent))));
            Value squares = g.sum(g.square(g.sub(x, decode(g, z))), 1);
            double constant = 0.5 * pixels() * Math.log(2 * Math.PI * deviation * deviation);
            Value reconstruction = g.add(g.mul(g.mean(squares), 0.5 / (deviation * deviation)), constant);
            Value excess = g.sub(g.add(g.square(mean), g.exp(logVariance)), g.add(logVariance, 1));
            Value kl = g.mul(g.mean(g.sum(excess, 1)), 0.5);
            g.output("loss", g.add(reconstruction, g.mul(kl, beta)));
            g.output("reconstruction", reconstruction);
            g.output("kl", kl);
        });
    }

    /// The graph of what it makes of images: `z` f32[batch, latent], the mean of q, and `image`, x̂ for that.
    public Graph reconstruction(int batch) {
        return Graph.build(g -> {
            Value z = g.output("z", g.slice(encode(g, images(g, batch)), 1, 0, latent));
            g.output("image", g.reshape(decode(g, z), Shape.of(batch).concat(image)));
        });
    }

    /// The graph of what `z` f32[batch, latent] stands for: `image` f32[batch, channels, height, width].
    public Graph decoding(int batch) {
        return Graph.build(g -> {
            Value z = g.input("z", f32(batch, latent));
            g.output("image", g.reshape(decode(g, z), Shape.of(batch).concat(image)));
        });
    }

    private Value images(GraphBuilder g, int batch) {
        Value x = g.input("x", new TensorSpec(DType.F32, Shape.of(batch).concat(image)));
        return g.reshape(x, batch, pixels());
    }

    /// @return [batch, 2 · latent]: the means of q, then the logarithms of its variances
    private Value encode(GraphBuilder g, Value x) {
        return g.scope("encoder", () -> {
            Value h = hidden(g, x, hidden);
            return g.scope("output", () -> linear(g, h, 2 * latent));
        });
    }

    private Value decode(GraphBuilder g, Value z) {
        return g.scope("decoder", () -> {
            Value h = hidden(g, z, hidden.reversed());
            return g.sigmoid(g.scope("output", () -> linear(g, h, pixels())));
        });
    }

    private static Value hidden(GraphBuilder g, Value x, List<Integer> sizes) {
        Value h = x;
        for (int layer = 1; layer <= sizes.size(); layer++) {
            Value before = h;
            int size = sizes.get(layer - 1);
            h = g.scope("layer" + layer, () -> g.relu(linear(g, before, size)));
        }
        return h;
    }

    private static Value linear(GraphBuilder g, Value x, int out) {
        int in = g.spec(x).shape().dim(1);
        return g.linear(x, g.parameter("weight", f32(out, in)), g.parameter("bias", f32(out)));
    }

    /// He's, as fits ReLU; the outputs begin small, so that q begins near N(0, 1).
    @Override
    public Initializer initializer(String parameter, TensorSpec spec) {
        if (spec.shape().rank() < 2) {
            return new Initializer.Fill(0);
        }
        return parameter.contains("output/") ? new Initializer.FanIn() : new Initializer.He();
    }
}
