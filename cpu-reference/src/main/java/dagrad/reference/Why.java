package dagrad.reference;

import dagrad.graph.ArgMax;
import dagrad.graph.Broadcast;
import dagrad.graph.Cast;
import dagrad.graph.Composite;
import dagrad.graph.Concat;
import dagrad.graph.Constant;
import dagrad.graph.Fold;
import dagrad.graph.Gather;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Input;
import dagrad.graph.Iota;
import dagrad.graph.MatMul;
import dagrad.graph.Node;
import dagrad.graph.Op;
import dagrad.graph.Pad;
import dagrad.graph.Permute;
import dagrad.graph.Philox;
import dagrad.graph.Pointwise;
import dagrad.graph.Reduce;
import dagrad.graph.Reshape;
import dagrad.graph.ScalarFn;
import dagrad.graph.ScatterAdd;
import dagrad.graph.Slice;
import dagrad.graph.Unfold;
import dagrad.tensor.DType;
import dagrad.tensor.TensorSpec;
import java.util.List;
import java.util.Locale;

/// How the bound of a node comes about, in words: what [RunningError] and [Bounds] allow it.
final class Why {
    private Why() {}

    /// @param in the specs of the operands
    static String of(Node node, List<TensorSpec> in, int output, Roundings roundings) {
        String bf16 = node.outputs().get(output).dtype() == DType.BF16
                ? "; stored in bf16, so the next number where the middle between two is that near"
                : "";
        return of(node.op(), in, roundings) + bf16;
    }

    private static String of(Op op, List<TensorSpec> in, Roundings roundings) {
        return switch (op) {
            case Composite composite -> expansion(composite, in);
            case MatMul _ -> {
                DType type = in.getFirst().dtype();
                String factors = roundings.shortFactors() && type == DType.F32
                        ? ", each factor of which may be shortened to TF32 (u = 2^-10)"
                        : "";
                double relative = roundings.product((double) terms(op, in), type);
                yield sums(terms(op, in), type, "products" + factors, relative, "Σ|a b|");
            }
            case Reduce(Reduce.Kind kind, var _)
            when kind != Reduce.Kind.SUM -> "the largest or smallest is not rounded";
            case Reduce _, Fold _ -> sum(terms(op, in), in.getFirst().dtype());
            case ScatterAdd _ -> sum(terms(op, in), in.get(1).dtype());
            case Pointwise(ScalarFn fn) -> function(fn, in.getFirst().dtype());
            case Cast(DType to) -> "a conversion to " + to.text() + " is rounded once";
            case Input _,
                    Constant _,
                    ArgMax _,
                    Reshape _,
                    Permute _,
                    Broadcast _,
                    Slice _,
                    Pad _,
                    Concat _,
                    Gather _,
                    Iota _,
                    Philox _,
                    Unfold _ -> "nothing is rounded here";
        };
    }

    private static String sum(long terms, DType type) {
        return sums(terms, type, "terms", Roundings.sum((double) terms, type), "Σ|x|");
    }

    private static String sums(long terms, DType type, String what, double relative, String size) {
        return String.format(
                Locale.ROOT,
                "sums of up to %d %s, accumulated in %s in any order: γ = %.2g of %s",
                terms,
                what,
                type.wide().text(),
                relative,
                size);
    }

    private static String function(ScalarFn fn, DType type) {
        String units = Roundings.unitsText(fn);
        return units.isEmpty()
                ? fn.text() + " is exact"
                : String.format(
                        Locale.ROOT,
                        "%s in %s may be off by %s u, u = %.2g of the result",
                        fn.text(),
                        type.wide().text(),
                        units,
                        Roundings.unit(type.wide()));
    }

    private static String expansion(Composite op, List<TensorSpec> in) {
        Graph body = GraphBuilder.expansion(op, in);
        return String.format(
                Locale.ROOT,
                "the errors of the %d operations that %s stands for, one after the other, with sums of up to %d terms in"
                        + " %s: γ = %.2g",
                body.nodes().size() - in.size(),
                op.name(),
                longest(body),
                in.getFirst().dtype().wide().text(),
                Roundings.sum((double) longest(body), in.getFirst().dtype()));
    }

    private static long longest(Graph body) {
        return body.nodes().stream()
                .mapToLong(node ->
                        terms(node.op(), node.inputs().stream().map(body::spec).toList()))
                .max()
                .orElse(1);
    }

    /// The most terms that meet in one element of a sum.
    private static long terms(Op op, List<TensorSpec> in) {
        return switch (op) {
            case Composite composite -> longest(GraphBuilder.expansion(composite, in));
            case MatMul _ -> in.getFirst().shape().dim(-1);
            case Reduce(var _, List<Integer> axes) ->
                axes.stream().mapToLong(axis -> in.getFirst().shape().dim(axis)).reduce(1, (a, b) -> a * b);
            case ScatterAdd _ -> in.getFirst().shape().size();
            case Fold fold -> (long) fold.window().kh() * fold.window().kw();
            case Op _ -> 1;
        };
    }
}
