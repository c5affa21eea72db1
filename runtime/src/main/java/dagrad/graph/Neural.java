package dagrad.graph;

import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.Arrays;
import java.util.List;

/// The builder's vocabulary of neural networks.
public interface Neural extends Images {
    /// Applies an operation that has several results.
    List<Value> applyAll(Op op, List<Value> operands);

    /// [.., m, k] × [.., k, n]; leading axes broadcast as in NumPy. A vector has to be given as a matrix.
    @Override
    default Value matmul(Value a, Value b) {
        return product(new MatMul(), a, b);
    }

    /// The same, not rounded to the operands' type: of bf16 matrices an f32 one.
    default Value wideMatmul(Value a, Value b) {
        DType type = spec(a).dtype();
        return product(new MatMul(type != type.wide()), a, b);
    }

    private Value product(MatMul op, Value a, Value b) {
        Shape as = spec(a).shape();
        Shape bs = spec(b).shape();
        if (as.rank() < 2 || bs.rank() < 2 || as.sub(0, as.rank() - 2).equals(bs.sub(0, bs.rank() - 2))) {
            return apply(op, a, b);
        }
        Shape batch = spec(add(like(a, as), like(b, bs))).shape();
        return apply(
                op,
                broadcast(a, batch.concat(as.sub(as.rank() - 2, as.rank()))),
                broadcast(b, batch.concat(bs.sub(bs.rank() - 2, bs.rank()))));
    }

    private Value like(Value x, Shape shape) {
        return constant(spec(x).withShape(shape.sub(0, shape.rank() - 2)), 0);
    }

    /// x wᵀ + b for x [.., in], weights [out, in] and bias [out].
    default Value linear(Value x, Value weight, Value bias) {
        return add(linear(x, weight), bias);
    }

    /// x wᵀ for x [.., in] and weights [out, in].
    default Value linear(Value x, Value weight) {
        Shape shape = spec(x).shape();
        Value rows = reshape(x, -1, shape.dim(-1));
        return reshape(
                matmul(rows, transpose(weight)),
                shape.with(-1, spec(weight).shape().dim(0)));
    }

    // ---- softmax and losses ---------------------------------------------------------------------------------------

    default Value softmax(Value x, int axis) {
        return alongLast(x, axis, new Softmax());
    }

    default Value logSoftmax(Value x, int axis) {
        return alongLast(x, axis, new LogSoftmax());
    }

    private Value alongLast(Value x, int axis, Op op) {
        return swap(apply(op, swap(x, axis, -1)), axis, -1);
    }

    /// The mean cross entropy of logits [.., classes] and class numbers i32 [..]: a scalar.
    default Value crossEntropy(Value logits, Value targets) {
        return mean(crossEntropyEach(logits, targets, Integer.MIN_VALUE));
    }

    /// The same, over the targets that are not `ignoreIndex`. If all are ignored, it is 0.
    default Value crossEntropy(Value logits, Value targets, int ignoreIndex) {
        Value loss = crossEntropyEach(logits, targets, ignoreIndex);
        Value counted = sum(cast(ne(targets, ignoreIndex), spec(loss).dtype()));
        return div(sum(loss), max(counted, 1));
    }

    /// The cross entropy of each row, 0 for ignored ones.
    default Value crossEntropyEach(Value logits, Value targets, int ignoreIndex) {
        Value rows = reshape(logits, -1, spec(logits).shape().dim(-1));
        return reshape(
                apply(new CrossEntropy(ignoreIndex), rows, reshape(targets, -1)),
                spec(targets).shape());
    }

    /// The mean over rows of -sum(p log softmax(x)) for target distributions p of the logits' shape [.., classes].
    default Value crossEntropySoft(Value logits, Value probabilities) {
        return neg(mean(sum(mul(widened(probabilities), logSoftmax(logits, -1)), -1)));
    }

    /// The mean squared difference.
    default Value meanSquaredError(Value a, Value b) {
        return mean(square(sub(a, b)));
    }

    // ---- normalisation --------------------------------------------------------------------------------------------

    /// Normalised along the last axis, then gain and bias [d].
    default Value layerNorm(Value x, Value gain, Value bias, double eps) {
        return add(mul(apply(new Normalize(eps), x), gain), bias);
    }

    /// [n, c, ..] normalised over each of `groups` groups of channels with all that follows; gain and bias [c].
    default Value groupNorm(Value x, int groups, Value gain, Value bias, double eps) {
        Shape shape = spec(x).shape();
        if (groups < 1 || shape.dim(1) % groups != 0) {
            throw new GraphException(
                    "group_norm: " + groups + " groups of " + shape.dim(1) + " channels; at " + Origin.here(""));
        }
        Value rows = reshape(x, shape.dim(0) * groups, -1);
        return affinePerChannel(reshape(apply(new Normalize(eps), rows), shape), gain, bias);
    }

    /// y = x gain[c] + bias[c] for x [n, c, ..].
    default Value affinePerChannel(Value x, Value gain, Value bias) {
        return add(mul(x, perChannel(gain, spec(x).shape())), perChannel(bias, spec(x).shape()));
    }

    private Value perChannel(Value v, Shape shape) {
        int[] dims = new int[shape.rank() - 1];
        Arrays.fill(dims, 1);
        dims[0] = shape.dim(1);
        return reshape(v, dims);
    }

    /// [n, c, ..] normalised over everything but the channels, by the batch's own statistics. The states, named
    /// `running_mean` and `running_variance` [c] within the current scope, move towards them by the momentum (the
    /// variance unbiased, as PyTorch does) and serve [#batchNormWith] afterwards.
    default Value batchNorm(
            Value x, Value gain, Value bias, Value runningMean, Value runningVariance, double momentum, double eps) {
        Shape shape = spec(x).shape();
        Value channelsFirst = swap(x, 0, 1);
        Value rows = reshape(channelsFirst, shape.dim(1), -1);
        int n = spec(rows).shape().dim(1);
        List<Value> results = applyAll(new Normalize(eps), List.of(rows));
        DType kept = spec(runningMean).dtype();
        Value mean = cast(stopGradient(reshape(results.get(1), -1)), kept);
        Value variance = cast(mul(stopGradient(reshape(results.get(2), -1)), (double) n / Math.max(1, n - 1)), kept);
        update(runningMean, add(mul(runningMean, 1 - momentum), mul(mean, momentum)));
        update(runningVariance, add(mul(runningVariance, 1 - momentum), mul(variance, momentum)));
        Value y = swap(reshape(results.get(0), spec(channelsFirst).shape()), 0, 1);
        return affinePerChannel(y, gain, bias);
    }

    /// [n, c, ..] normalised by given statistics [c]: batch norm once training is over.
    default Value batchNormWith(Value x, Value gain, Value bias, Value mean, Value variance, double eps) {
        Value scale = mul(gain, rsqrt(add(variance, eps)));
        return affinePerChannel(x, scale, sub(bias, mul(mean, scale)));
    }

    void update(Value state, Value value);

    // ---- attention ------------------------------------------------------------------------------------------------

    /// softmax(q kᵀ / sqrt(d)) v for q [.., t, d], k [.., s, d], v [.., s, e].
    default Value attention(Value q, Value k, Value v, boolean causal) {
        return apply(new Attention(1 / Math.sqrt(spec(q).shape().dim(-1)), causal, false), q, k, v);
    }

    /// The same with a mask that broadcasts to [.., t, s] and is added to the scores.
    default Value attention(Value q, Value k, Value v, boolean causal, Value mask) {
        Shape scores = spec(q).shape().with(-1, spec(k).shape().dim(-2));
        return apply(
                new Attention(1 / Math.sqrt(spec(q).shape().dim(-1)), causal, true), q, k, v, broadcast(mask, scores));
    }

    /// The same with dropout on the attention weights; the weights are then materialised.
    default Value attentionWithDropout(Value q, Value k, Value v, boolean causal, double rate) {
        double scale = 1 / Math.sqrt(spec(q).shape().dim(-1));
        Value scores = Attention.scores((GraphBuilder) this, List.of(q, k, v), scale, causal, false);
        return matmul(cast(dropout(softmax(scores, -1), rate), spec(v).dtype()), v);
    }

    // ---- chance ---------------------------------------------------------------------------------------------------

    /// The state i32[2] that seeds all random numbers of the graph.
    default Value randomSeed() {
        return declare(new Input("random/seed", Input.Kind.STATE, TensorSpec.i32(2)));
    }

    /// The state i32[] that counts runs, so that each draws other numbers. Whoever makes a step of the graph updates
    /// it.
    default Value randomStep() {
        return declare(new Input("random/step", Input.Kind.STATE, TensorSpec.i32()));
    }

    Value declare(Input input);

    /// A number for a [Philox] draw that no other draw of this graph has.
    int nextRandomStream();

    /// Uniform in [0, 1), f32.
    default Value uniform(Shape shape) {
        return apply(new Philox(nextRandomStream(), shape), randomSeed(), randomStep());
    }

    /// Standard normal, f32, by the Box-Muller transform.
    default Value normal(Shape shape) {
        Value radius = sqrt(mul(log(oneMinus(uniform(shape))), -2));
        return mul(radius, cos(mul(uniform(shape), 2 * Math.PI)));
    }

    /// Each element 0 with the given probability and otherwise divided by 1 - rate.
    default Value dropout(Value x, double rate) {
        if (rate == 0) {
            return x;
        }
        if (!(rate > 0 && rate < 1)) {
            throw new GraphException("dropout: the rate must lie in 0..1, not " + rate + "; at " + Origin.here(""));
        }
        Value draw = uniform(spec(x).shape());
        Value kept = cast(ge(draw, like(draw, rate)), spec(x).dtype());
        return mul(x, mul(kept, 1 / (1 - rate)));
    }

    /// Rows of an embedding table [r, d] by token numbers [..]: [.., d].
    default Value embedding(Value table, Value tokens) {
        return gather(table, tokens);
    }

    /// What rows receive along weighted edges: from x [n, b], weights \[edges], tails and heads i32 \[edges] the sums
    /// [rows, b] of w x[tail] by head, or `back`, of w x[head] by tail.
    default Value edgeSum(Value x, Value weights, Value tails, Value heads, int rows, boolean back) {
        return apply(new EdgeSum(rows, back), x, weights, tails, heads);
    }

    /// Whether predictions hit: 1 where the largest of the logits [.., classes] is the target's, as f32.
    default Value hits(Value logits, Value targets) {
        return cast(eq(argmax(logits, -1), cast(targets, DType.I32)), DType.F32);
    }
}
