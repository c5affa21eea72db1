package dagrad.precision;

import dagrad.graph.AdamWStep;
import dagrad.graph.ArgMax;
import dagrad.graph.Attention;
import dagrad.graph.AttentionGrad;
import dagrad.graph.Broadcast;
import dagrad.graph.Cast;
import dagrad.graph.Concat;
import dagrad.graph.Constant;
import dagrad.graph.Conv2d;
import dagrad.graph.Conv2dWeightGrad;
import dagrad.graph.ConvTranspose2d;
import dagrad.graph.CrossEntropy;
import dagrad.graph.CrossEntropyGrad;
import dagrad.graph.EdgeProduct;
import dagrad.graph.EdgeSum;
import dagrad.graph.Fold;
import dagrad.graph.Gather;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Input;
import dagrad.graph.Iota;
import dagrad.graph.LogSoftmax;
import dagrad.graph.MatMul;
import dagrad.graph.MaxPool2d;
import dagrad.graph.MaxPool2dGrad;
import dagrad.graph.Node;
import dagrad.graph.Normalize;
import dagrad.graph.NormalizeGrad;
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
import dagrad.graph.Softmax;
import dagrad.graph.SoftmaxGrad;
import dagrad.graph.Unfold;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/// Writes bf16 into an f32 graph, before gradients are taken (Micikevicius et al., "Mixed precision training", 2018,
/// with bf16 in place of fp16, whose range needs no scaling of the loss). In the result
///
/// - inputs, parameters, states and outputs are f32 still; a parameter is cast once for all products that use it;
/// - products, convolutions, attention and sums over edges take bf16 and give bf16; so does everything else that reads
///   tensors from memory, a softmax or a concatenation, if it is given some, and looking up rows of a parameter. Sums
///   and statistics that they give are f32;
/// - elementwise functions and sums are computed in f32, from operands that are cast up. An elementwise value is
///   rounded to bf16 where it is likely to be stored, which is where several nodes use it or one that takes bf16;
///   between two elementwise nodes it is not;
/// - what is computed from sums, statistics and parameters alone, as losses are, stays f32.
///
/// Nodes on f64, bf16 and integers are left as they are. Doing it twice changes nothing.
public final class MixedPrecision {
    private final GraphBuilder g;
    private final Graph graph;
    /// For each value of the graph the one that stands for it; an f32 value may have become bf16.
    private final Map<Value, Value> mapped = new HashMap<>();
    /// Elementwise values in f32 that are computed from bf16 ones.
    private final Set<Value> activations = new HashSet<>();
    private final Map<Value, Integer> uses = new HashMap<>();

    private MixedPrecision(GraphBuilder g, Graph graph) {
        this.g = g;
        this.graph = graph;
    }

    /// The graph with the same inputs, outputs and updates in mixed precision.
    public static Graph of(Graph graph) {
        return Graph.build(g -> new MixedPrecision(g, graph).run()).verify();
    }

    private void run() {
        countUses();
        for (Node node : graph.nodes()) {
            List<Value> results = g.at(node.origin(), () -> emit(node));
            for (int i = 0; i < results.size(); i++) {
                mapped.put(node.out(i), results.get(i));
            }
        }
        graph.outputs().forEach((name, value) -> g.output(name, as(value)));
        graph.updates().forEach((state, value) -> g.update(mapped.get(state), as(value)));
    }

    /// The value in the type that it had.
    private Value as(Value value) {
        return g.cast(mapped.get(value), graph.spec(value).dtype());
    }

    /// Counts the nodes and results that use each value, through views of it.
    private void countUses() {
        graph.outputs().values().forEach(v -> uses.merge(v, 1, Integer::sum));
        graph.updates().values().forEach(v -> uses.merge(v, 1, Integer::sum));
        for (Node node : graph.nodes().reversed()) {
            int here = isView(node.op()) ? uses.getOrDefault(node.out(0), 0) : 1;
            node.inputs().stream().distinct().forEach(in -> uses.merge(in, here, Integer::sum));
        }
    }

    private static boolean isView(Op op) {
        return switch (op) {
            case Reshape _, Permute _, Broadcast _, Slice _, Pad _, Unfold _ -> true;
            case Op _ -> false;
        };
    }

    // ---- nodes ----------------------------------------------------------------------------------------------------

    private List<Value> emit(Node node) {
        List<Value> in = node.inputs().stream().map(mapped::get).toList();
        if (node.inputs().stream().noneMatch(v -> graph.spec(v).dtype() == DType.F32)) {
            return g.emit(node.op(), in, node::origin);
        }
        return switch (node.op()) {
            // Rounding before it or after is the same, and its gradient asks for the result, which is stored.
            case Pointwise op when op.fn() == ScalarFn.RELU && isActivation(in.getFirst()) -> stored(op, in);
            case Pointwise op -> List.of(rounded(node, elementwise(op, in)));
            case Cast(DType to) when to == DType.BF16 -> List.of(narrow(in.getFirst()));
            case Cast _, Reduce _, AdamWStep _ ->
                g.applyAll(node.op(), in.stream().map(g::widened).toList());
            case Reshape _, Permute _, Broadcast _, Slice _, Pad _, Unfold _ -> List.of(view(node.op(), in.getFirst()));
            case MatMul _, Conv2d _, ConvTranspose2d _, Conv2dWeightGrad _, Attention _ -> stored(node.op(), in);
            case EdgeSum _, EdgeProduct _ -> stored(node.op(), in);
            case AttentionGrad _ -> stored(node.op(), in, in.size() - 2);
            case Gather _ when isParameter(in.getFirst()) -> stored(node.op(), in);
            case Op op when in.stream().noneMatch(this::isActivation) -> g.applyAll(op, in);
            case Gather _, ScatterAdd _, Fold _, Concat _, MaxPool2d _, MaxPool2dGrad _ -> stored(node.op(), in);
            case Softmax _, SoftmaxGrad _, LogSoftmax _, Normalize _, CrossEntropy _ -> stored(node.op(), in);
            case NormalizeGrad _ -> stored(node.op(), in, 1);
            case CrossEntropyGrad _ -> stored(node.op(), in, 2, 3);
            case ArgMax _, Input _, Constant _, Iota _, Philox _ -> g.applyAll(node.op(), in);
        };
    }

    /// The value as bf16; of a view what it views is cast, so that a parameter is, whichever way it is read.
    private Value narrow(Value x) {
        if (g.spec(x).dtype() != DType.F32) {
            return x;
        }
        Node node = g.node(x);
        return isView(node.op()) ? g.apply(node.op(), narrow(node.inputs().getFirst())) : g.cast(x, DType.BF16);
    }

    /// An operation that reads tensors from memory.
    ///
    /// @param statistics which operands are f32 all the same
    private List<Value> stored(Op op, List<Value> in, Integer... statistics) {
        return g.applyAll(
                op,
                IntStream.range(0, in.size())
                        .mapToObj(i -> List.of(statistics).contains(i) ? g.widened(in.get(i)) : narrow(in.get(i)))
                        .toList());
    }

    private Value elementwise(Pointwise op, List<Value> in) {
        Value result = g.applyAll(op, in.stream().map(g::widened).toList()).getFirst();
        if (in.stream().anyMatch(this::isActivation)) {
            activations.add(result);
        }
        return result;
    }

    private Value view(Op op, Value x) {
        Value result = g.apply(op, x);
        if (isActivation(x)) {
            activations.add(result);
        }
        return result;
    }

    /// Whether a value is bf16, or an element-by-element consequence of bf16. Sums along given indices count as such,
    /// for there are as many of them as of activations.
    private boolean isActivation(Value x) {
        Node node = g.node(x);
        return g.spec(x).dtype() == DType.BF16
                || activations.contains(x)
                || node.op() instanceof ScatterAdd
                || node.op() instanceof Cast && g.spec(node.inputs().getFirst()).dtype() == DType.BF16;
    }

    private boolean isParameter(Value x) {
        Node node = g.node(x);
        return switch (node.op()) {
            case Input(var _, Input.Kind kind, var _) -> kind == Input.Kind.PARAMETER;
            case Op op -> isView(op) && isParameter(node.inputs().getFirst());
        };
    }

    /// An elementwise value, rounded if it is likely to be stored.
    private Value rounded(Node node, Value value) {
        boolean shared = uses.getOrDefault(node.out(0), 0) > 1;
        return shared && activations.contains(value) && g.spec(value).shape().size() > 1 ? narrow(value) : value;
    }
}
