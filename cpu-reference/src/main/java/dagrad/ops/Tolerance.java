package dagrad.ops;

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
import dagrad.graph.ScatterAdd;
import dagrad.graph.Slice;
import dagrad.graph.Unfold;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;

/// How far two computations of the same may be apart: the one table for all comparisons.
///
/// @param relative per element, of its size and of the root mean square of its tensor (an element much smaller than
///     its neighbours is what is left of a cancellation)
public record Tolerance(double relative) {
    /// For agreement of two formulas in float64.
    public static final Tolerance SAME_IN_FLOAT64 = new Tolerance(1e-10);

    /// For results of a type that sum up at most so many terms: some functions of 4 units in the last place, and a
    /// rounding for each term, whose errors have either sign and so grow as a random walk does.
    public static Tolerance of(DType dtype, long terms) {
        return new Tolerance(unit(dtype) * (16 + 2 * Math.sqrt((double) terms)));
    }

    /// For a device that computes a graph in f32 and rounds to bf16 where the graph says so, against the reference that
    /// rounds there too. Without bf16 as for f32, where the random walk is at most through all sums of the graph. With
    /// it, an element may fall on the other side, which is 2 units of 2^-9, and so may one that it is summed up from;
    /// both happen to few.
    public static Tolerance sameRoundings(Graph graph) {
        Tolerance wide = of(DType.F32, allSums(graph));
        boolean rounds = graph.nodes().stream()
                .flatMap(node -> node.outputs().stream())
                .anyMatch(spec -> spec.dtype() == DType.BF16);
        return rounds ? new Tolerance(wide.relative + 4 * unit(DType.BF16)) : wide;
    }

    /// Half a unit in the last place of 1. Integers are exact.
    private static double unit(DType dtype) {
        return switch (dtype) {
            case F64 -> 0x1p-53;
            case F32 -> 0x1p-24;
            case BF16 -> 0x1p-9;
            case I64, I32 -> 0;
        };
    }

    /// The number of terms of the longest sum in a graph, composites expanded.
    public static long longestSum(Graph graph) {
        long longest = 1;
        for (Node node : graph.nodes()) {
            List<TensorSpec> in = node.inputs().stream().map(graph::spec).toList();
            longest = Math.max(longest, terms(node.op(), in, node.outputs().getFirst()));
        }
        return longest;
    }

    private static long allSums(Graph graph) {
        return graph.nodes().stream()
                .mapToLong(node -> terms(
                        node.op(),
                        node.inputs().stream().map(graph::spec).toList(),
                        node.outputs().getFirst()))
                .sum();
    }

    private static long terms(Op op, List<TensorSpec> in, TensorSpec out) {
        return switch (op) {
            case Composite composite -> longestSum(GraphBuilder.expansion(composite, in));
            case MatMul matMul -> in.getFirst().shape().dim(-1);
            case Reduce(Reduce.Kind kind, List<Integer> axes) ->
                kind == Reduce.Kind.SUM
                        ? in.getFirst().shape().size() / Math.max(1, out.shape().size())
                        : 1;
            case ScatterAdd scatter -> in.getFirst().shape().size();
            case Fold fold -> (long) fold.window().kh() * fold.window().kw();
            case Input _,
                    Constant _,
                    Pointwise _,
                    Cast _,
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
                    Unfold _ -> 1;
        };
    }

    /// The first element that is too far off, as a sentence; empty if all agree. NaN and the infinities must be met.
    public Optional<String> mismatch(String name, HostTensor expected, HostTensor actual) {
        if (!expected.shape().equals(actual.shape())) {
            return Optional.of(name + " is " + actual.spec() + " instead of " + expected.spec());
        }
        double size = rootMeanSquare(expected);
        for (long i = 0; i < expected.size(); i++) {
            double e = expected.get(i);
            double a = actual.get(i);
            double allowed = relative * (Math.abs(e) + size);
            if (!(ratio(e, a, allowed) <= 1)) {
                return Optional.of("%s: element %d of %s is %.9g instead of %.9g, apart %.3g, allowed %.3g"
                        .formatted(name, i, expected.spec(), a, e, Math.abs(e - a), allowed));
            }
        }
        return Optional.empty();
    }

    /// The largest deviation of an element in units of what it may be off by; infinite if the shapes differ, or one is
    /// not a number and the other is.
    public double worst(HostTensor expected, HostTensor actual) {
        if (!expected.shape().equals(actual.shape())) {
            return Double.POSITIVE_INFINITY;
        }
        double size = rootMeanSquare(expected);
        double worst = 0;
        for (long i = 0; i < expected.size(); i++) {
            double e = expected.get(i);
            worst = Math.max(worst, ratio(e, actual.get(i), relative * (Math.abs(e) + size)));
        }
        return worst;
    }

    private static double ratio(double expected, double actual, double allowed) {
        if (expected == actual || Double.compare(expected, actual) == 0) {
            return 0;
        }
        double apart = Math.abs(expected - actual);
        return Double.isFinite(apart) && allowed > 0 ? apart / allowed : Double.POSITIVE_INFINITY;
    }

    /// What an element may be off by.
    public double allowed(HostTensor expected, long i) {
        return relative * (Math.abs(expected.get(i)) + rootMeanSquare(expected));
    }

    private static double rootMeanSquare(HostTensor x) {
        double sum = 0;
        long finite = 0;
        for (long i = 0; i < x.size(); i++) {
            if (Double.isFinite(x.get(i))) {
                sum += x.get(i) * x.get(i);
                finite++;
            }
        }
        return finite == 0 ? 0 : Math.sqrt(sum / finite);
    }
}
