package dagrad.models;

import static dagrad.tensor.TensorSpec.f32;
import static dagrad.tensor.TensorSpec.i32;

import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import dagrad.train.Initializer;
import dagrad.train.Model;
import java.util.List;

/// Images and captions in one space, after Radford et al., "Learning transferable visual models from natural language
/// supervision" (2021): an encoder of images and one of captions are trained so that of all pairs in a batch the right
/// ones have the largest cosines.
///
/// With embeddings `uᵢ` of images and `vⱼ` of captions, both of length 1, the logits are `s uᵢ·vⱼ`; the loss is the
/// mean of the cross entropies of rows (which caption belongs to this image?) and columns (which image to this
/// caption?). The temperature is learnt as `log_scale` = log s, which starts at log(1/0.07) and has no effect beyond
/// log 100.
///
/// **Equal captions.** The paper takes every other caption of a batch for a wrong one. Where captions repeat, as they
/// must where there are few of them, that is not so: captions equal token by token share the target evenly. Captions
/// that mean the same in other words still count as different, as in the paper.
///
/// Inputs are `x` f32[batch, channels, height, width] and `caption` i32[batch, length]. The output `accuracy` is the
/// share of images whose likeliest caption of the batch is their own, or equal to it.
///
/// @param image shape of an image
/// @param channels of the image encoder's stages, which are a [ConvNet]'s
/// @param hidden size of the layer after them
/// @param embedding size of the common space
public record Clip(Shape image, List<Integer> channels, int hidden, TextTower text, int embedding) implements Model {
    private static final double FIRST_LOG_SCALE = Math.log(1 / 0.07);
    private static final double MOST_LOG_SCALE = Math.log(100);

    /// Keeps a vector of zeros from being divided by its length.
    private static final double EPS = 1e-12;

    /// @throws IllegalArgumentException as [ConvNet] does
    public Clip {
        channels = new ConvNet(image, channels, hidden, embedding, 0).widths();
    }

    @Override
    public Graph training(int batch) {
        return Graph.build(g -> {
            Value captions = g.input("caption", i32(batch, text.length()));
            Value images = embedded(g, batch);
            Value cosines = g.matmul(images, g.transpose(embedded(g, captions)));
            Value logits = g.mul(g.widened(cosines), g.exp(logScale(g)));
            Value equal = equal(g, captions);
            Value targets = g.div(equal, g.sumKeepDims(equal, -1));
            Value rows = g.crossEntropySoft(logits, targets);
            Value columns = g.crossEntropySoft(g.transpose(logits), targets);
            g.output("loss", g.mul(g.add(rows, columns), 0.5));
            Value best = g.cast(g.eq(logits, g.maxKeepDims(logits, -1)), DType.F32);
            g.output("accuracy", g.mean(g.maxOver(g.mul(best, equal), -1)));
        });
    }

    /// The gradient is that of log_scale itself, so that it finds its way back from beyond the largest.
    private static Value logScale(GraphBuilder g) {
        Value free = g.parameter("log_scale", f32());
        Value clipped = g.min(free, MOST_LOG_SCALE);
        return g.add(free, g.stopGradient(g.sub(clipped, free)));
    }

    /// Which captions are the same: f32[n, n] of 0 and 1.
    private Value equal(GraphBuilder g, Value captions) {
        int n = g.spec(captions).shape().dim(0);
        Value same = g.eq(g.reshape(captions, n, 1, text.length()), g.reshape(captions, 1, n, text.length()));
        return g.minOver(g.cast(same, DType.F32), -1);
    }

    /// The graph of images alone: `embedding` f32[batch, embedding] of `x`, of length 1.
    public Graph images(int batch) {
        return Graph.build(g -> g.output("embedding", embedded(g, batch)));
    }

    /// The graph of captions alone: `embedding` f32[batch, embedding] of `caption`, of length 1.
    public Graph captions(int batch) {
        return Graph.build(g -> {
            Value captions = g.input("caption", i32(batch, text.length()));
            g.output("embedding", embedded(g, captions));
        });
    }

    private Value embedded(GraphBuilder g, int batch) {
        Value x = g.input("x", new TensorSpec(DType.F32, Shape.of(batch).concat(image)));
        return g.scope("image", () -> {
            Value h = g.relu(ConvNet.linear(g, "hidden", ConvNet.features(g, x, channels), hidden));
            return projected(g, h);
        });
    }

    private Value embedded(GraphBuilder g, Value captions) {
        return g.scope("text", () -> projected(g, text.encode(g, captions)));
    }

    private Value projected(GraphBuilder g, Value h) {
        Value e = g.linear(
                h, g.parameter("projection", f32(embedding, g.spec(h).shape().dim(-1))));
        return g.mul(e, g.rsqrt(g.add(g.sumKeepDims(g.square(e), -1), EPS)));
    }

    @Override
    public Initializer initializer(String parameter, TensorSpec spec) {
        return switch (parameter) {
            case "log_scale" -> new Initializer.Fill(FIRST_LOG_SCALE);
            case "text/tokens", "text/places" -> new Initializer.Normal(0.1);
            default ->
                parameter.startsWith("image/") && spec.shape().rank() > 1
                        ? new Initializer.He()
                        : Initializer.standard(parameter, spec);
        };
    }
}
