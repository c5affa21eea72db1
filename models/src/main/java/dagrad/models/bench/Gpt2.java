package dagrad.models.bench;

import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.optimizer.Optimizer.AdamW;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.Schedule.Cosine;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.LinkedHashMap;
import java.util.Map;

/// GPT-2 (Radford et al., "Language models are unsupervised multitask learners", 2019) as it is trained from scratch:
/// a decoder with norms before attention and perceptron, learned positions, GELU in its tanh form, no dropout, and one
/// table for tokens on both ends.
///
/// @param vocabulary number of tokens; 50257, or rounded up to 50304, so that rows of logits begin at even addresses
/// @param context the most tokens in a row
public record Gpt2(int layers, int width, int heads, int vocabulary, int context) {
    /// The smallest published one, 124 million parameters.
    public static final Gpt2 PUBLISHED = new Gpt2(12, 768, 12, 50257, 1024);

    private static final double EPS = 1e-5;
    private static final double DEVIATION = 0.02;

    /// @throws IllegalArgumentException if a size is below 1, or the heads do not divide the width
    public Gpt2 {
        if (layers < 1 || width < 1 || heads < 1 || vocabulary < 1 || context < 1) {
            throw new IllegalArgumentException("sizes of a transformer are 1 or more: " + layers + " layers, width "
                    + width + ", " + heads + " heads, " + vocabulary + " tokens, context " + context);
        }
        if (width % heads != 0) {
            throw new IllegalArgumentException("a width of " + width + " cannot be shared by " + heads + " heads");
        }
    }

    public Gpt2 withLayers(int number) {
        return new Gpt2(number, width, heads, vocabulary, context);
    }

    /// Heads keep their width of 64, as in all published sizes, or become one if the width is less.
    public Gpt2 withWidth(int wide) {
        return new Gpt2(layers, wide, Math.max(1, wide / 64), vocabulary, context);
    }

    public Gpt2 withVocabulary(int tokens) {
        return new Gpt2(layers, width, heads, tokens, context);
    }

    public Gpt2 withContext(int tokens) {
        return new Gpt2(layers, width, heads, vocabulary, tokens);
    }

    /// How it is trained: AdamW with β2 = 0.95, decay 0.1 on matrices and tables, gradients clipped to norm 1, the rate
    /// rising for 700 steps to 6e-4 and falling as a cosine to a tenth of that.
    public static Recipe recipe() {
        return Recipe.of(new AdamW(0.9, 0.95, 1e-8, 0.1), new Cosine(6e-4, 6e-5, 19_560).warmedUp(700))
                .clipped(1)
                .withoutNorm();
    }

    /// The mean cross entropy of each next token: inputs `x` and `y` i32[batch, context], output `loss`.
    public Graph loss(int batch) {
        return Graph.build(g -> {
            TensorSpec tokens = TensorSpec.i32(batch, context);
            Map<String, Value> p = new LinkedHashMap<>();
            shapes().forEach((name, spec) -> p.put(name, g.parameter(name, spec)));
            Value h = g.add(g.embedding(p.get("tokens"), g.input("x", tokens)), p.get("positions"));
            for (int i = 0; i < layers; i++) {
                h = layer(g, p, "layer" + i + "/", h, batch);
            }
            Value logits = g.linear(norm(g, p, "norm", h), p.get("tokens"));
            g.output("loss", g.crossEntropy(logits, g.input("y", tokens)));
        });
    }

    private Value layer(GraphBuilder g, Map<String, Value> p, String at, Value h, int batch) {
        Value qkv = linear(g, p, at + "qkv", norm(g, p, at + "norm1", h));
        Value heads3 = g.permute(g.reshape(qkv, batch, context, 3, heads, width / heads), 2, 0, 3, 1, 4);
        Value mixed = g.attention(g.index(heads3, 0, 0), g.index(heads3, 0, 1), g.index(heads3, 0, 2), true);
        Value joined = g.reshape(g.permute(mixed, 0, 2, 1, 3), batch, context, width);
        Value after = g.add(h, linear(g, p, at + "projection", joined));
        Value up = g.geluTanh(linear(g, p, at + "up", norm(g, p, at + "norm2", after)));
        return g.add(after, linear(g, p, at + "down", up));
    }

    private static Value linear(GraphBuilder g, Map<String, Value> p, String name, Value x) {
        return g.linear(x, p.get(name + "/weight"), p.get(name + "/bias"));
    }

    private static Value norm(GraphBuilder g, Map<String, Value> p, String name, Value x) {
        return g.layerNorm(x, p.get(name + "/gain"), p.get(name + "/bias"), EPS);
    }

    /// All parameters in the order of their use.
    public Map<String, TensorSpec> shapes() {
        Map<String, TensorSpec> result = new LinkedHashMap<>();
        result.put("tokens", TensorSpec.f32(vocabulary, width));
        result.put("positions", TensorSpec.f32(context, width));
        for (int i = 0; i < layers; i++) {
            String at = "layer" + i + "/";
            putNorm(result, at + "norm1");
            putLinear(result, at + "qkv", width, 3 * width);
            putLinear(result, at + "projection", width, width);
            putNorm(result, at + "norm2");
            putLinear(result, at + "up", width, 4 * width);
            putLinear(result, at + "down", 4 * width, width);
        }
        putNorm(result, "norm");
        return result;
    }

    private void putNorm(Map<String, TensorSpec> shapes, String name) {
        shapes.put(name + "/gain", TensorSpec.f32(width));
        shapes.put(name + "/bias", TensorSpec.f32(width));
    }

    private static void putLinear(Map<String, TensorSpec> shapes, String name, int in, int out) {
        shapes.put(name + "/weight", TensorSpec.f32(out, in));
        shapes.put(name + "/bias", TensorSpec.f32(out));
    }

    /// First values: normal with deviation 0.02, what is added to the residual less by √(2 layers), gains 1, biases 0.
    /// The k-th parameter is drawn from stream 1000 + k.
    public Map<String, HostTensor> parameters() {
        Map<String, HostTensor> result = new LinkedHashMap<>();
        shapes().forEach((name, spec) -> {
            float[] data = new float[Math.toIntExact(spec.shape().size())];
            if (name.endsWith("/gain")) {
                java.util.Arrays.fill(data, 1);
            } else if (spec.shape().rank() > 1) {
                boolean residual = name.endsWith("projection/weight") || name.endsWith("down/weight");
                double deviation = residual ? DEVIATION / Math.sqrt(2.0 * layers) : DEVIATION;
                data = SeededNumbers.normal(1000L + result.size(), data.length, deviation);
            }
            result.put(
                    name,
                    HostTensor.of(
                            data, spec.shape().dims().stream().mapToInt(d -> d).toArray()));
        });
        return result;
    }

    /// Rows of random tokens; the targets are the same, shifted by one.
    public Map<String, HostTensor> data(int batch) {
        return Map.of(
                "x", SeededNumbers.text(batch, context, vocabulary, 0),
                "y", SeededNumbers.text(batch, context, vocabulary, 1));
    }
}
