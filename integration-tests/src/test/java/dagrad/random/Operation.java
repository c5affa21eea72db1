package dagrad.random;

import dagrad.graph.GraphBuilder;
import dagrad.graph.Normalize;
import dagrad.graph.Value;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.Optional;

/// What a random graph is made of: words of the builder, fitted to whatever operands they meet. Their results stay of
/// moderate size however they are combined.
public enum Operation {
    TANH(true, (g, a, b, n) -> Optional.of(g.tanh(a))),
    SIGMOID(true, (g, a, b, n) -> Optional.of(g.sigmoid(a))),
    SIN(true, (g, a, b, n) -> Optional.of(g.sin(a))),
    GELU(true, (g, a, b, n) -> Optional.of(g.gelu(a))),
    SILU(true, (g, a, b, n) -> Optional.of(g.silu(a))),
    EXP(true, (g, a, b, n) -> Optional.of(g.exp(g.tanh(a)))),
    LOG(true, (g, a, b, n) -> Optional.of(g.log(g.add(g.square(a), 1)))),
    RSQRT(true, (g, a, b, n) -> Optional.of(g.rsqrt(g.add(g.square(a), 1)))),
    AFFINE(true, (g, a, b, n) -> Optional.of(g.sub(g.mul(a, 0.5 + 0.25 * n), 0.3))),
    STOP(true, (g, a, b, n) -> Optional.of(g.mul(a, g.stopGradient(g.onesLike(a))))),
    ADD(true, (g, a, b, n) -> Optional.of(g.add(a, fitted(g, b, a)))),
    SUB(true, (g, a, b, n) -> Optional.of(g.sub(fitted(g, b, a), a))),
    MUL(true, (g, a, b, n) -> Optional.of(g.mul(g.tanh(a), fitted(g, b, a)))),
    DIV(true, (g, a, b, n) -> Optional.of(g.div(a, g.add(g.square(fitted(g, b, a)), 1)))),

    TRANSPOSE(true, (g, a, b, n) -> rank(g, a) < 2 ? Optional.empty() : Optional.of(g.transpose(a))),
    SWAP(true, (g, a, b, n) -> rank(g, a) < 2 ? Optional.empty() : Optional.of(g.swap(a, 0, axis(g, a, n)))),
    FLATTEN(true, (g, a, b, n) -> Optional.of(g.reshape(a, -1))),
    UNSQUEEZE(
            true,
            (g, a, b, n) -> rank(g, a) > 3 ? Optional.empty() : Optional.of(g.unsqueeze(a, n % (rank(g, a) + 1)))),
    SLICE(true, (g, a, b, n) -> onAxis(g, a, n, (axis, extent) -> g.slice(a, axis, extent / 3, extent))),
    STRIDED(true, (g, a, b, n) -> onAxis(g, a, n, (axis, extent) -> g.slice(a, axis, 0, extent, 2))),
    PAD(true, (g, a, b, n) -> onAxis(g, a, n, (axis, extent) -> g.pad(a, axis, 1, n % 2, 0.5))),
    CONCAT(true, (g, a, b, n) -> onAxis(g, a, n, (axis, extent) -> g.concat(axis, a, g.neg(whole(g, b, a))))),
    STACK(true, (g, a, b, n) -> rank(g, a) > 3 ? Optional.empty() : Optional.of(g.stack(-1, a, whole(g, b, a)))),
    BROADCAST(
            true,
            (g, a, b, n) -> rank(g, a) > 3
                    ? Optional.empty()
                    : Optional.of(g.broadcast(a, Shape.of(2).concat(g.spec(a).shape())))),

    SUM(true, (g, a, b, n) -> onAxis(g, a, n, (axis, extent) -> g.sum(g.tanh(a), axis))),
    MEAN(true, (g, a, b, n) -> Optional.of(g.mean(a))),
    MEAN_KEEP(true, (g, a, b, n) -> onAxis(g, a, n, (axis, extent) -> g.meanKeepDims(a, axis))),
    LOGSUMEXP(true, (g, a, b, n) -> onAxis(g, a, n, (axis, extent) -> g.logSumExp(a, axis))),
    SOFTMAX(true, (g, a, b, n) -> onAxis(g, a, n, (axis, extent) -> g.softmax(a, axis))),
    LOG_SOFTMAX(true, (g, a, b, n) -> onAxis(g, a, n, (axis, extent) -> g.logSoftmax(g.tanh(a), axis))),
    NORMALIZE(true, (g, a, b, n) -> rank(g, a) == 0 ? Optional.empty() : Optional.of(g.apply(new Normalize(0.1), a))),

    MATMUL(true, (g, a, b, n) -> product(g, g.tanh(a), b)),
    MATMUL_TRANSPOSED(true, (g, a, b, n) -> product(g, a, g.tanh(a))),
    ATTENTION(true, (g, a, b, n) -> rank(g, a) < 2 ? Optional.empty() : Optional.of(g.attention(a, a, a, n % 2 == 0))),
    GATHER(
            true,
            (g, a, b, n) -> rank(g, a) == 0 ? Optional.empty() : Optional.of(g.gather(a, rows(g, n, extent(g, a))))),
    SCATTER_ADD(
            true,
            (g, a, b, n) -> rank(g, a) == 0
                    ? Optional.empty()
                    : Optional.of(g.scatterAdd(
                            g.mod(g.iota(Shape.of(extent(g, a)), 0), g.constant(TensorSpec.i32(), 2)), a, 3))),
    CROSS_ENTROPY(
            true,
            (g, a, b, n) -> rank(g, a) != 2
                    ? Optional.empty()
                    : Optional.of(g.crossEntropy(
                            a,
                            g.mod(
                                    g.iota(Shape.of(extent(g, a)), 0),
                                    g.constant(
                                            TensorSpec.i32(), g.spec(a).shape().dim(1)))))),

    RELU(false, (g, a, b, n) -> Optional.of(g.relu(a))),
    ABS(false, (g, a, b, n) -> Optional.of(g.abs(a))),
    CLIP(false, (g, a, b, n) -> Optional.of(g.clip(a, -0.5, 0.75))),
    MAX(false, (g, a, b, n) -> Optional.of(g.max(a, fitted(g, b, a)))),
    SELECT(false, (g, a, b, n) -> Optional.of(g.select(g.gt(a, 0), fitted(g, b, a), g.neg(a)))),
    MAX_OVER(false, (g, a, b, n) -> onAxis(g, a, n, (axis, extent) -> g.maxOver(a, axis))),
    MIN_OVER(false, (g, a, b, n) -> onAxis(g, a, n, (axis, extent) -> g.minOver(a, axis)));

    /// Emits the operation; empty if it does not fit the operands.
    @FunctionalInterface
    private interface Body {
        Optional<Value> emit(GraphBuilder g, Value a, Value b, int option);
    }

    @FunctionalInterface
    private interface OnAxis {
        Value emit(int axis, int extent);
    }

    private final boolean smooth;
    private final Body body;

    Operation(boolean smooth, Body body) {
        this.smooth = smooth;
        this.body = body;
    }

    /// Whether it has no kinks, so that differences give its derivative wherever it is.
    public boolean isSmooth() {
        return smooth;
    }

    Optional<Value> emit(GraphBuilder g, Value a, Value b, int option) {
        return body.emit(g, a, b, option);
    }

    private static int rank(GraphBuilder g, Value x) {
        return g.spec(x).shape().rank();
    }

    private static int extent(GraphBuilder g, Value x) {
        return g.spec(x).shape().dim(0);
    }

    private static int axis(GraphBuilder g, Value x, int option) {
        return option % rank(g, x);
    }

    private static Optional<Value> onAxis(GraphBuilder g, Value x, int option, OnAxis body) {
        if (rank(g, x) == 0) {
            return Optional.empty();
        }
        int axis = axis(g, x, option);
        return Optional.of(body.emit(axis, g.spec(x).shape().dim(axis)));
    }

    /// A value stretched to another's shape.
    private static Value whole(GraphBuilder g, Value x, Value to) {
        return g.broadcast(fitted(g, x, to), g.spec(to).shape());
    }

    /// A value that broadcasts to another's shape: itself or its mean.
    private static Value fitted(GraphBuilder g, Value x, Value to) {
        Shape from = g.spec(x).shape();
        Shape shape = g.spec(to).shape();
        boolean fits = from.rank() <= shape.rank();
        for (int i = 1; fits && i <= from.rank(); i++) {
            fits = from.dim(-i) == shape.dim(-i) || from.dim(-i) == 1;
        }
        return fits ? x : g.mean(x);
    }

    /// a bᵀ of the two as matrices, if their rows are of one length.
    private static Optional<Value> product(GraphBuilder g, Value a, Value b) {
        if (rank(g, a) == 0
                || rank(g, b) == 0
                || g.spec(a).shape().dim(-1) != g.spec(b).shape().dim(-1)) {
            return Optional.empty();
        }
        int width = g.spec(a).shape().dim(-1);
        return Optional.of(g.matmul(g.reshape(a, -1, width), g.transpose(g.reshape(b, -1, width))));
    }

    /// Four row numbers, one of them twice.
    private static Value rows(GraphBuilder g, int option, int rows) {
        return g.constant(TensorSpec.i32(4), option % rows, 0, (option + 1) % rows, 0);
    }
}
