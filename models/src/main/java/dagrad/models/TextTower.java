package dagrad.models;

import static dagrad.tensor.TensorSpec.f32;

import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.models.data.Words;
import dagrad.tensor.DType;
import dagrad.tensor.Shape;

/// The encoder of captions: embeddings of tokens and of their places, transformer blocks (Vaswani et al. 2017, with the
/// norm first) that attend to all tokens but padding, and the mean over the tokens.
///
/// @param tokens how many there are, with [Words#PADDING], which is not attended to
/// @param length of a caption, in tokens
/// @param width of a token's representation
/// @param heads of attention; they share the width
/// @param layers blocks
public record TextTower(int tokens, int length, int width, int heads, int layers) {
    private static final double EPS = 1e-5;
    private static final double NEVER = -1e9;
    private static final int EXPANSION = 4;

    /// @throws IllegalArgumentException if a size is below 1 or the heads do not divide the width
    public TextTower {
        if (tokens < 2 || length < 1 || width < 1 || heads < 1 || layers < 0 || width % heads != 0) {
            throw new IllegalArgumentException("an encoder of texts needs 2 or more tokens, sizes of at least 1 and a"
                    + " width that its heads divide, not " + tokens + " tokens, length " + length + ", width " + width
                    + ", heads " + heads + " and layers " + layers);
        }
    }

    /// Captions [n, length] become rows f32[n, width].
    Value encode(GraphBuilder g, Value captions) {
        int n = g.spec(captions).shape().dim(0);
        Value present = g.cast(g.ne(captions, Words.PADDING), DType.F32);
        Value mask = g.mul(g.oneMinus(g.reshape(present, n, 1, 1, length)), NEVER);
        Value h = g.add(
                g.embedding(g.parameter("tokens", f32(tokens, width)), captions),
                g.parameter("places", f32(length, width)));
        for (int layer = 1; layer <= layers; layer++) {
            Value x = h;
            h = g.scope("block" + layer, () -> block(g, x, mask));
        }
        Value weights = g.reshape(present, n, length, 1);
        Value count = g.max(g.sum(weights, 1), 1);
        return g.div(g.sum(g.mul(norm(g, "norm", h), weights), 1), count);
    }

    private Value block(GraphBuilder g, Value x, Value mask) {
        Value attended = g.add(x, g.scope("attention", () -> attention(g, norm(g, "norm", x), mask)));
        return g.add(attended, g.scope("feed_forward", () -> {
            Value wide = ConvNet.linear(g, "in", norm(g, "norm", attended), EXPANSION * width);
            return ConvNet.linear(g, "out", g.gelu(wide), width);
        }));
    }

    /// Keys have no bias: it would add the same to all scores of a query, and softmax takes no notice of that.
    private Value attention(GraphBuilder g, Value x, Value mask) {
        Value key = g.linear(x, g.parameter("key/weight", f32(width, width)));
        Value mixed = g.attention(
                heads(g, ConvNet.linear(g, "query", x, width)),
                heads(g, key),
                heads(g, ConvNet.linear(g, "value", x, width)),
                false,
                mask);
        Shape shape = g.spec(x).shape();
        return ConvNet.linear(g, "out", g.reshape(g.permute(mixed, 0, 2, 1, 3), shape), width);
    }

    /// [n, t, width] to [n, heads, t, width / heads].
    private Value heads(GraphBuilder g, Value x) {
        return g.permute(g.reshape(x, g.spec(x).shape().dim(0), length, heads, width / heads), 0, 2, 1, 3);
    }

    private Value norm(GraphBuilder g, String name, Value x) {
        return g.scope(
                name, () -> g.layerNorm(x, g.parameter("gain", f32(width)), g.parameter("bias", f32(width)), EPS));
    }
}
