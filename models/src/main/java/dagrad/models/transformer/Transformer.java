package dagrad.models.transformer;

import static dagrad.tensor.TensorSpec.f32;
import static dagrad.tensor.TensorSpec.i32;

import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Input;
import dagrad.graph.Value;
import dagrad.tensor.TensorSpec;
import dagrad.train.Initializer;
import dagrad.train.Model;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/// A decoder as GPT-2 is one (Radford et al., "Language models are unsupervised multitask learners", 2019): learned
/// positions, norms before attention and perceptron, GELU in its tanh form. For each token of a row it tells how likely
/// each next one is.
///
/// Inputs are `x` i32[batch, context], token numbers, and `y` i32[batch, context], what follows each. Parameters are
/// `tokens` [vocabulary, width], `positions` [context, width], for each layer k `layerk/norm1`, `qkv`, `projection`,
/// `norm2`, `up`, `down`, then `norm` and, unless tied, `head` [vocabulary, width]: norms have `gain` and `bias`, the
/// others `weight` [out, in] and `bias` [out].
///
/// @param vocabulary how many tokens there are
/// @param context the most tokens in a row
/// @param dropout share of the attention weights, of each layer's two outputs and of the embeddings that is left out
///     while training
/// @param tied whether the table of tokens serves at both ends
public record Transformer(int layers, int heads, int width, int vocabulary, int context, double dropout, boolean tied)
        implements Model {
    private static final double EPS = 1e-5;
    private static final double DEVIATION = 0.02;

    /// @throws IllegalArgumentException if a size is below 1, the heads do not divide the width, or the dropout is not
    ///     in [0, 1)
    public Transformer {
        if (layers < 1 || width < 1 || heads < 1 || vocabulary < 1 || context < 1) {
            throw new IllegalArgumentException("sizes of a transformer are 1 or more: " + layers + " layers, width "
                    + width + ", " + heads + " heads, " + vocabulary + " tokens, context " + context);
        }
        if (width % heads != 0) {
            throw new IllegalArgumentException("a width of " + width + " cannot be shared by " + heads
                    + " heads; choose a width that is a multiple of the heads");
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException("the dropout must be a number from 0 to below 1, not " + dropout);
        }
    }

    /// Without dropout, with one table at both ends.
    public Transformer(int layers, int heads, int width, int vocabulary, int context) {
        this(layers, heads, width, vocabulary, context, 0, true);
    }

    /// The same with another dropout.
    public Transformer withDropout(double rate) {
        return new Transformer(layers, heads, width, vocabulary, context, rate, tied);
    }

    /// The mean cross entropy of each next token, in nats: `loss`.
    @Override
    public Graph training(int batch) {
        return loss(batch, context, dropout);
    }

    @Override
    public Graph evaluation(int batch) {
        return loss(batch, context, 0);
    }

    /// The same model trained on shorter rows.
    ///
    /// @param length tokens of a row
    /// @throws IllegalArgumentException if that is not from 1 to the context
    public Model onRowsOf(int length) {
        requireLength(length);
        Transformer whole = this;
        return new Model() {
            @Override
            public Graph training(int batch) {
                return loss(batch, length, dropout);
            }

            @Override
            public Graph evaluation(int batch) {
                return loss(batch, length, 0);
            }

            @Override
            public Initializer initializer(String parameter, TensorSpec spec) {
                return whole.initializer(parameter, spec);
            }
        };
    }

    private Graph loss(int batch, int length, double rate) {
        return Graph.build(g -> {
            Value tokens = g.input("x", i32(batch, length));
            Value logits = new Emission(g, rate).logits(tokens, hidden -> hidden);
            g.output("loss", g.crossEntropy(logits, g.input("y", i32(batch, length))));
        });
    }

    /// All parameters in the order of their use.
    public Map<String, TensorSpec> shapes() {
        Graph graph = logits(1, 1);
        Map<String, TensorSpec> shapes = new LinkedHashMap<>();
        graph.inputs(Input.Kind.PARAMETER).forEach((name, value) -> shapes.put(name, graph.spec(value)));
        return shapes;
    }

    /// What follows every token of shorter rows: input `x` i32[batch, length], output `logits` f32[batch, length,
    /// vocabulary].
    ///
    /// @throws IllegalArgumentException if the length is not from 1 to the context
    public Graph logits(int batch, int length) {
        requireLength(length);
        return Graph.build(g ->
                g.output("logits", new Emission(g, 0).logits(g.input("x", i32(batch, length)), hidden -> hidden)));
    }

    /// What follows one token of each row: inputs `x` i32[batch, length] and `last` i32[batch], the place of that token
    /// among all batch · length; output `logits` f32[batch, vocabulary]. What comes after that place does not matter.
    ///
    /// @throws IllegalArgumentException if the length is not from 1 to the context
    public Graph next(int batch, int length) {
        requireLength(length);
        return Graph.build(g -> {
            Value last = g.input("last", i32(batch));
            Value tokens = g.input("x", i32(batch, length));
            g.output(
                    "logits",
                    new Emission(g, 0)
                            .logits(tokens, hidden -> g.embedding(g.reshape(hidden, batch * length, width), last)));
        });
    }

    private void requireLength(int length) {
        if (length < 1 || length > context) {
            throw new IllegalArgumentException("rows have from 1 to " + context + " tokens, not " + length);
        }
    }

    /// Normal with deviation 0.02; what is added to the residual less by √(2 layers), as each layer adds twice.
    @Override
    public Initializer initializer(String parameter, TensorSpec spec) {
        if (spec.shape().rank() < 2) {
            return Initializer.standard(parameter, spec);
        }
        boolean residual = parameter.endsWith("projection/weight") || parameter.endsWith("down/weight");
        return new Initializer.Normal(residual ? DEVIATION / Math.sqrt(2.0 * layers) : DEVIATION);
    }

    /// The model while it is being built.
    private final class Emission {
        private final GraphBuilder g;
        private final double rate;

        Emission(GraphBuilder g, double rate) {
            this.g = g;
            this.rate = rate;
        }

        /// @param tokens i32[batch, length]
        /// @param chosen takes from the last layer's output [batch, length, width] the places whose logits are wanted
        Value logits(Value tokens, UnaryOperator<Value> chosen) {
            int length = g.spec(tokens).shape().dim(1);
            Value table = g.parameter("tokens", f32(vocabulary, width));
            Value positions = g.parameter("positions", f32(context, width));
            Value h = g.add(g.embedding(table, tokens), g.slice(positions, 0, 0, length));
            h = g.dropout(h, rate);
            for (int k = 0; k < layers; k++) {
                Value before = h;
                h = g.scope("layer" + k, () -> layer(before));
            }
            Value head = norm("norm", chosen.apply(h));
            return g.linear(head, tied ? table : g.parameter("head", f32(vocabulary, width)));
        }

        private Value layer(Value h) {
            Value after = g.add(h, g.dropout(linear("projection", attention(norm("norm1", h)), width), rate));
            Value up = g.geluTanh(linear("up", norm("norm2", after), 4 * width));
            return g.add(after, g.dropout(linear("down", up, width), rate));
        }

        private Value attention(Value x) {
            int batch = g.spec(x).shape().dim(0);
            int length = g.spec(x).shape().dim(1);
            Value qkv = g.reshape(linear("qkv", x, 3 * width), batch, length, 3, heads, width / heads);
            Value split = g.permute(qkv, 2, 0, 3, 1, 4);
            Value q = g.index(split, 0, 0);
            Value k = g.index(split, 0, 1);
            Value v = g.index(split, 0, 2);
            Value mixed = rate == 0 ? g.attention(q, k, v, true) : g.attentionWithDropout(q, k, v, true, rate);
            return g.reshape(g.permute(mixed, 0, 2, 1, 3), batch, length, width);
        }

        private Value linear(String name, Value x, int out) {
            int in = g.spec(x).shape().dim(-1);
            return g.scope(name, () -> g.linear(x, g.parameter("weight", f32(out, in)), g.parameter("bias", f32(out))));
        }

        private Value norm(String name, Value x) {
            return g.scope(
                    name, () -> g.layerNorm(x, g.parameter("gain", f32(width)), g.parameter("bias", f32(width)), EPS));
        }
    }
}
