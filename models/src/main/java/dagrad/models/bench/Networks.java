package dagrad.models.bench;

import dagrad.graph.ConvSpec;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// The four networks that are measured, with parameters drawn in the order of their use: the k-th from stream 1000 + k,
/// weights before biases, uniform in ±1/sqrt(fan-in).
final class Networks {
    static final int MLP_BATCH = 128;
    static final int GPT_BATCH = 8;
    static final int GPT_TOKENS = 256;
    static final int CONV_BATCH = 64;
    private static final int GPT_WIDTH = 256;
    private static final int GPT_HEADS = 8;
    private static final int GPT_LAYERS = 4;
    private static final int VOCABULARY = 256;
    private static final int TINY_BATCH = 16;

    private Networks() {}

    /// A loss graph, its batch, and its parameters' first values.
    record Network(Graph loss, Map<String, HostTensor> data, Map<String, HostTensor> parameters) {}

    /// Declares parameters and remembers what they hold at first.
    private static final class Parameters {
        private final GraphBuilder g;
        private final Map<String, HostTensor> values = new LinkedHashMap<>();

        Parameters(GraphBuilder g) {
            this.g = g;
        }

        private Value add(String name, float[] data, int... dims) {
            values.put(name, HostTensor.of(data, dims));
            return g.parameter(name, TensorSpec.f32(dims));
        }

        private long stream() {
            return 1000 + values.size();
        }

        Value weight(String name, int fanIn, int... dims) {
            int size = (int) Shape.of(dims).size();
            return add(name, SeededNumbers.uniform(stream(), size, (float) (1 / Math.sqrt(fanIn))), dims);
        }

        Value embedding(String name, int rows, int width) {
            return add(name, SeededNumbers.normal(stream(), rows * width, 0.02), rows, width);
        }

        Value linear(String name, Value x, int in, int out) {
            Value weight = weight(name + "/weight", in, out, in);
            return g.linear(x, weight, weight(name + "/bias", in, out));
        }

        Value norm(String name, Value x, int width) {
            float[] ones = new float[width];
            Arrays.fill(ones, 1);
            Value gain = add(name + "/gain", ones, width);
            return g.layerNorm(x, gain, add(name + "/bias", new float[width], width), 1e-5);
        }

        Value conv(String name, Value x, int in, int out) {
            Value weight = weight(name + "/weight", in * 9, out, in, 3, 3);
            Value bias = g.reshape(weight(name + "/bias", in * 9, out), out, 1, 1);
            return g.add(g.conv2d(x, weight, ConvSpec.of(1, 0)), bias);
        }
    }

    /// 784-1024-1024-10 with ReLU; mean cross entropy.
    static Network mlp() {
        Map<String, HostTensor> parameters = new LinkedHashMap<>();
        Graph loss = Graph.build(g -> {
            Parameters p = new Parameters(g);
            Value h = g.relu(p.linear("first", g.input("x", TensorSpec.f32(MLP_BATCH, 784)), 784, 1024));
            Value logits = p.linear("third", g.relu(p.linear("second", h, 1024, 1024)), 1024, 10);
            g.output("loss", g.crossEntropy(logits, g.input("y", TensorSpec.i32(MLP_BATCH))));
            parameters.putAll(p.values);
        });
        return new Network(
                loss,
                Map.of(
                        "x", HostTensor.of(SeededNumbers.uniform(1, MLP_BATCH * 784, 1), MLP_BATCH, 784),
                        "y", HostTensor.of(SeededNumbers.integers(2, MLP_BATCH, 10), MLP_BATCH)),
                parameters);
    }

    /// 16-32-32-1 with tanh; mean squared error.
    static Network tiny() {
        Map<String, HostTensor> parameters = new LinkedHashMap<>();
        Graph loss = Graph.build(g -> {
            Parameters p = new Parameters(g);
            Value h = g.tanh(p.linear("first", g.input("x", TensorSpec.f32(TINY_BATCH, 16)), 16, 32));
            Value y = p.linear("third", g.tanh(p.linear("second", h, 32, 32)), 32, 1);
            g.output("loss", g.meanSquaredError(y, g.input("y", TensorSpec.f32(TINY_BATCH, 1))));
            parameters.putAll(p.values);
        });
        return new Network(
                loss,
                Map.of(
                        "x", HostTensor.of(SeededNumbers.uniform(1, TINY_BATCH * 16, 1), TINY_BATCH, 16),
                        "y", HostTensor.of(SeededNumbers.uniform(2, TINY_BATCH, 1), TINY_BATCH, 1)),
                parameters);
    }

    /// Two 3×3 convolutions with ReLU, 2×2 max pooling, 9216-128-10; mean cross entropy.
    static Network conv() {
        Map<String, HostTensor> parameters = new LinkedHashMap<>();
        Graph loss = Graph.build(g -> {
            Parameters p = new Parameters(g);
            Value h = g.relu(p.conv("first", g.input("x", TensorSpec.f32(CONV_BATCH, 1, 28, 28)), 1, 32));
            h = g.maxPool2d(g.relu(p.conv("second", h, 32, 64)), 2, 2, 0);
            h = g.relu(p.linear("third", g.reshape(h, CONV_BATCH, 9216), 9216, 128));
            Value logits = p.linear("fourth", h, 128, 10);
            g.output("loss", g.crossEntropy(logits, g.input("y", TensorSpec.i32(CONV_BATCH))));
            parameters.putAll(p.values);
        });
        return new Network(
                loss,
                Map.of(
                        "x", HostTensor.of(SeededNumbers.uniform(1, CONV_BATCH * 784, 1), CONV_BATCH, 1, 28, 28),
                        "y", HostTensor.of(SeededNumbers.integers(2, CONV_BATCH, 10), CONV_BATCH)),
                parameters);
    }

    /// A decoder transformer: 4 layers, width 256, 8 heads, context 256, bytes; mean cross entropy over all positions.
    static Network gpt() {
        Map<String, HostTensor> parameters = new LinkedHashMap<>();
        TensorSpec tokens = TensorSpec.i32(GPT_BATCH, GPT_TOKENS);
        Graph loss = Graph.build(g -> {
            Parameters p = new Parameters(g);
            Value table = p.embedding("tokens", VOCABULARY, GPT_WIDTH);
            Value positions = p.embedding("positions", GPT_TOKENS, GPT_WIDTH);
            Value h = g.add(g.embedding(table, g.input("x", tokens)), positions);
            for (int i = 0; i < GPT_LAYERS; i++) {
                h = layer(g, p, "layer" + i, h);
            }
            Value head = p.norm("norm", h, GPT_WIDTH);
            Value logits = g.linear(head, p.weight("head", GPT_WIDTH, VOCABULARY, GPT_WIDTH));
            g.output("loss", g.crossEntropy(logits, g.input("y", tokens)));
            parameters.putAll(p.values);
        });
        return new Network(loss, Map.of("x", text(0), "y", text(1)), parameters);
    }

    private static Value layer(GraphBuilder g, Parameters p, String name, Value h) {
        int width = GPT_WIDTH / GPT_HEADS;
        Value qkv = p.linear(name + "/qkv", p.norm(name + "/norm1", h, GPT_WIDTH), GPT_WIDTH, 3 * GPT_WIDTH);
        Value heads = g.permute(g.reshape(qkv, GPT_BATCH, GPT_TOKENS, 3, GPT_HEADS, width), 2, 0, 3, 1, 4);
        Value mixed = g.attention(g.index(heads, 0, 0), g.index(heads, 0, 1), g.index(heads, 0, 2), true);
        Value joined = g.reshape(g.permute(mixed, 0, 2, 1, 3), GPT_BATCH, GPT_TOKENS, GPT_WIDTH);
        Value after = g.add(h, p.linear(name + "/projection", joined, GPT_WIDTH, GPT_WIDTH));
        Value up = p.linear(name + "/up", p.norm(name + "/norm2", after, GPT_WIDTH), GPT_WIDTH, 4 * GPT_WIDTH);
        return g.add(after, p.linear(name + "/down", g.geluTanh(up), 4 * GPT_WIDTH, GPT_WIDTH));
    }

    /// Rows of random bytes; the targets are shifted by one.
    private static HostTensor text(int shift) {
        int[] all = SeededNumbers.integers(1, GPT_BATCH * (GPT_TOKENS + 1), VOCABULARY);
        int[] rows = new int[GPT_BATCH * GPT_TOKENS];
        for (int i = 0; i < GPT_BATCH; i++) {
            System.arraycopy(all, i * (GPT_TOKENS + 1) + shift, rows, i * GPT_TOKENS, GPT_TOKENS);
        }
        return HostTensor.of(rows, GPT_BATCH, GPT_TOKENS);
    }
}
