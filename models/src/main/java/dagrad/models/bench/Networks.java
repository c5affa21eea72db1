package dagrad.models.bench;

import dagrad.graph.ConvSpec;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.models.network.Activation;
import dagrad.models.network.Lowering;
import dagrad.models.network.RandomNetwork;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The networks that are measured, with parameters drawn in the order of their use: the k-th from stream 1000 + k,
/// weights before biases, uniform in ±1/sqrt(fan-in).
public final class Networks {
    /// All names.
    public static final List<String> NAMES = List.of("mlp", "gpt", "gpt2", "conv", "tinygraph", "network");

    private static final int MLP_BATCH = 128;
    private static final int GPT_BATCH = 8;
    private static final int GPT_TOKENS = 256;
    private static final int GPT2_BATCH = 8;
    private static final int CONV_BATCH = 64;
    private static final int NETWORK_BATCH = 32;
    private static final RandomNetwork MILLION_EDGES = RandomNetwork.ofAMillionEdges(1);
    private static final int TINY_BATCH = 16;

    private Networks() {}

    /// A loss graph, its batch, and its parameters' first values.
    ///
    /// @param items how many of what is counted a step takes: examples, tokens, or edges times examples
    public record Network(Graph loss, Map<String, HostTensor> data, Map<String, HostTensor> parameters, double items) {}

    /// The sizes of a transformer.
    private record Transformer(int batch, int tokens, int vocabulary, int width, int heads, int layers) {}

    /// A network as it is measured.
    ///
    /// @throws IllegalArgumentException if there is none of that name
    public static Network named(String name) {
        return of(name, Extent.STANDARD);
    }

    /// The same in small: for being evaluated by plain loops many times.
    ///
    /// @throws IllegalArgumentException if there is none of that name
    public static Network small(String name) {
        return of(name, Extent.SMALL);
    }

    static Network of(String name, Extent extent) {
        boolean small = extent == Extent.SMALL;
        return switch (name) {
            case "mlp" -> small ? mlp(8, 20, 24) : mlp(MLP_BATCH, 784, 1024);
            case "gpt" ->
                gpt(
                        small
                                ? new Transformer(2, 12, 17, 16, 2, 2)
                                : new Transformer(GPT_BATCH, GPT_TOKENS, 256, 256, 8, 4));
            case "gpt2" -> small ? gpt2(new Gpt2(2, 16, 2, 17, 12), 2) : gpt2(Gpt2.PUBLISHED, GPT2_BATCH);
            case "conv" -> small ? conv(2, 12, 4, 6, 10) : conv(CONV_BATCH, 28, 32, 64, 128);
            case "tinygraph" -> tiny();
            case "network" ->
                small
                        ? scalar(2, new RandomNetwork(4, 3, 8, 5, 12, 2, 0.2, Activation.TANH, 1))
                        : scalar(NETWORK_BATCH, MILLION_EDGES);
            default -> throw new IllegalArgumentException("there is no network \"" + name + "\"; there are " + NAMES);
        };
    }

    private static Network gpt2(Gpt2 model, int rows) {
        return new Network(model.loss(rows), model.data(rows), model.parameters(), (double) rows * model.context());
    }

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
            return 1000L + values.size();
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

    /// in-hidden-hidden-10 with ReLU; mean cross entropy.
    private static Network mlp(int batch, int in, int hidden) {
        Map<String, HostTensor> parameters = new LinkedHashMap<>();
        Graph loss = Graph.build(g -> {
            Parameters p = new Parameters(g);
            Value h = g.relu(p.linear("first", g.input("x", TensorSpec.f32(batch, in)), in, hidden));
            Value logits = p.linear("third", g.relu(p.linear("second", h, hidden, hidden)), hidden, 10);
            g.output("loss", g.crossEntropy(logits, g.input("y", TensorSpec.i32(batch))));
            parameters.putAll(p.values);
        });
        return new Network(
                loss,
                Map.of(
                        "x", HostTensor.of(SeededNumbers.uniform(1, batch * in, 1), batch, in),
                        "y", HostTensor.of(SeededNumbers.integers(2, batch, 10), batch)),
                parameters,
                batch);
    }

    /// 16-32-32-1 with tanh; mean squared error.
    private static Network tiny() {
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
                parameters,
                1);
    }

    /// Two 3×3 convolutions with ReLU, 2×2 max pooling, one hidden layer; mean cross entropy.
    private static Network conv(int batch, int size, int first, int second, int hidden) {
        int flat = second * ((size - 4) / 2) * ((size - 4) / 2);
        Map<String, HostTensor> parameters = new LinkedHashMap<>();
        Graph loss = Graph.build(g -> {
            Parameters p = new Parameters(g);
            Value h = g.relu(p.conv("first", g.input("x", TensorSpec.f32(batch, 1, size, size)), 1, first));
            h = g.maxPool2d(g.relu(p.conv("second", h, first, second)), 2, 2, 0);
            h = g.relu(p.linear("third", g.reshape(h, batch, flat), flat, hidden));
            Value logits = p.linear("fourth", h, hidden, 10);
            g.output("loss", g.crossEntropy(logits, g.input("y", TensorSpec.i32(batch))));
            parameters.putAll(p.values);
        });
        float[] images = SeededNumbers.uniform(1, batch * size * size, 1);
        return new Network(
                loss,
                Map.of(
                        "x", HostTensor.of(images, batch, 1, size, size),
                        "y", HostTensor.of(SeededNumbers.integers(2, batch, 10), batch)),
                parameters,
                batch);
    }

    /// A decoder transformer over bytes; mean cross entropy over all positions.
    private static Network gpt(Transformer t) {
        Map<String, HostTensor> parameters = new LinkedHashMap<>();
        TensorSpec tokens = TensorSpec.i32(t.batch, t.tokens);
        Graph loss = Graph.build(g -> {
            Parameters p = new Parameters(g);
            Value table = p.embedding("tokens", t.vocabulary, t.width);
            Value positions = p.embedding("positions", t.tokens, t.width);
            Value h = g.add(g.embedding(table, g.input("x", tokens)), positions);
            for (int i = 0; i < t.layers; i++) {
                h = layer(g, p, t, "layer" + i, h);
            }
            Value head = p.norm("norm", h, t.width);
            Value logits = g.linear(head, p.weight("head", t.width, t.vocabulary, t.width));
            g.output("loss", g.crossEntropy(logits, g.input("y", tokens)));
            parameters.putAll(p.values);
        });
        return new Network(loss, Map.of("x", text(t, 0), "y", text(t, 1)), parameters, (double) t.batch * t.tokens);
    }

    private static Value layer(GraphBuilder g, Parameters p, Transformer t, String name, Value h) {
        int width = t.width;
        Value qkv = p.linear(name + "/qkv", p.norm(name + "/norm1", h, width), width, 3 * width);
        Value heads = g.permute(g.reshape(qkv, t.batch, t.tokens, 3, t.heads, width / t.heads), 2, 0, 3, 1, 4);
        Value mixed = g.attention(g.index(heads, 0, 0), g.index(heads, 0, 1), g.index(heads, 0, 2), true);
        Value joined = g.reshape(g.permute(mixed, 0, 2, 1, 3), t.batch, t.tokens, width);
        Value after = g.add(h, p.linear(name + "/projection", joined, width, width));
        Value up = p.linear(name + "/up", p.norm(name + "/norm2", after, width), width, 4 * width);
        return g.add(after, p.linear(name + "/down", g.geluTanh(up), 4 * width, width));
    }

    /// Rows of random bytes; the targets are shifted by one.
    private static HostTensor text(Transformer t, int shift) {
        return SeededNumbers.text(t.batch, t.tokens, t.vocabulary, shift);
    }

    /// A network of scalar edges that share parameters; squared error, summed over outputs, mean over the batch.
    private static Network scalar(int batch, RandomNetwork random) {
        int in = random.inputs();
        int out = random.outputs();
        return new Network(
                Lowering.of(random.network()).loss(batch, DType.F32),
                Map.of(
                        "inputs", HostTensor.of(SeededNumbers.uniform(1, batch * in, 1), batch, in),
                        "targets", HostTensor.of(SeededNumbers.uniform(2, batch * out, 1), batch, out)),
                Map.of("theta", random.theta().toTensor(TensorSpec.f32(random.parameters()))),
                (double) batch * random.edges());
    }
}
