package dagrad.parity;

import dagrad.graph.Attention;
import dagrad.graph.AttentionGrad;
import dagrad.graph.Conv2d;
import dagrad.graph.Conv2dWeightGrad;
import dagrad.graph.CrossEntropyGrad;
import dagrad.graph.Gather;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.MatMul;
import dagrad.graph.Node;
import dagrad.graph.Normalize;
import dagrad.graph.NormalizeGrad;
import dagrad.graph.Op;
import dagrad.graph.Pointwise;
import dagrad.graph.Reduce;
import dagrad.graph.ScalarFn;
import dagrad.graph.ScatterAdd;
import dagrad.graph.Value;
import dagrad.tensor.Shape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// A kernel as someone might get it wrong: slightly, so that training would go on.
///
/// @param name what is wrong
/// @param model where such a kernel is used
/// @param isGradient whether a kernel of the reverse pass is meant
/// @param of which operations
record WrongKernel(String name, String model, boolean isGradient, BiPredicate<Graph, Node> of, Planted.Kernel kernel) {
    private static final boolean VALUE = false;
    private static final boolean GRADIENT = true;

    static Stream<WrongKernel> all() {
        return Stream.concat(values(), gradients());
    }

    private static Stream<WrongKernel> values() {
        return Stream.of(
                new WrongKernel(
                        "a product scaled by 1.01", "mlp", VALUE, op(MatMul.class::isInstance), WrongKernel::scaled),
                new WrongKernel(
                        "a product without its last term",
                        "gpt",
                        VALUE,
                        op(MatMul.class::isInstance),
                        (g, node, in) -> {
                            int k = g.spec(in.get(0)).shape().dim(-1);
                            int rank = g.spec(in.get(0)).shape().rank();
                            return List.of(g.apply(
                                    node.op(),
                                    g.slice(in.get(0), rank - 1, 0, k - 1),
                                    g.slice(in.get(1), rank - 2, 0, k - 1)));
                        }),
                new WrongKernel(
                        "a norm without epsilon",
                        "gpt",
                        VALUE,
                        op(Normalize.class::isInstance),
                        (g, node, in) -> g.applyAll(new Normalize(0), in)),
                new WrongKernel(
                        "attention that sees what is to come",
                        "gpt",
                        VALUE,
                        op(Attention.class::isInstance),
                        (g, node, in) -> {
                            Attention op = (Attention) node.op();
                            return g.applyAll(new Attention(op.scale(), false, op.masked()), in);
                        }),
                new WrongKernel(
                        "keys and values in each other's place",
                        "gpt",
                        VALUE,
                        op(Attention.class::isInstance),
                        (g, node, in) -> g.applyAll(node.op(), List.of(in.get(0), in.get(2), in.get(1)))),
                new WrongKernel(
                        "rows of a table off by one", "names", VALUE, op(Gather.class::isInstance), (g, node, in) -> {
                            int rows = g.spec(in.get(0)).shape().dim(0);
                            Value next = g.add(in.get(1), 1);
                            return g.applyAll(node.op(), List.of(in.get(0), g.min(next, g.like(next, rows - 1))));
                        }),
                new WrongKernel(
                        "a kernel's taps transposed",
                        "conv",
                        VALUE,
                        op(Conv2d.class::isInstance),
                        (g, node, in) -> g.applyAll(node.op(), List.of(in.get(0), g.transpose(in.get(1))))));
    }

    private static Stream<WrongKernel> gradients() {
        return Stream.of(
                new WrongKernel(
                        "a norm's gradient without its second mean",
                        "gpt",
                        GRADIENT,
                        op(NormalizeGrad.class::isInstance),
                        (g, node, in) -> {
                            Value dy = g.widened(in.get(2));
                            Value scale = g.rsqrt(g.add(in.get(1), ((NormalizeGrad) node.op()).eps()));
                            Value dx = g.mul(g.sub(dy, g.meanKeepDims(dy, -1)), scale);
                            return List.of(g.cast(dx, node.outputs().getFirst().dtype()));
                        }),
                new WrongKernel(
                        "targets off by one in cross entropy's gradient",
                        "names",
                        GRADIENT,
                        op(CrossEntropyGrad.class::isInstance),
                        (g, node, in) -> {
                            int classes = g.spec(in.get(0)).shape().dim(1);
                            List<Value> other = new ArrayList<>(in);
                            other.set(1, g.min(g.add(in.get(1), 1), g.like(in.get(1), classes - 1)));
                            return g.applyAll(node.op(), other);
                        }),
                new WrongKernel(
                        "attention's gradient with another scale",
                        "gpt",
                        GRADIENT,
                        op(AttentionGrad.class::isInstance),
                        (g, node, in) -> {
                            AttentionGrad op = (AttentionGrad) node.op();
                            return g.applyAll(new AttentionGrad(op.scale() * 1.01, op.causal(), op.masked()), in);
                        }),
                new WrongKernel(
                        "a sum over the batch without its last row",
                        "mlp",
                        GRADIENT,
                        op(op -> op.equals(new Reduce(Reduce.Kind.SUM, List.of(0)))),
                        (g, node, in) -> {
                            int rows = g.spec(in.getFirst()).shape().dim(0);
                            return g.applyAll(node.op(), List.of(g.slice(in.getFirst(), 0, 0, rows - 1)));
                        }),
                new WrongKernel(
                        "a convolution's weight gradient scaled by 1.01",
                        "conv",
                        GRADIENT,
                        op(Conv2dWeightGrad.class::isInstance),
                        WrongKernel::scaled),
                new WrongKernel(
                        "a gradient of rows that forgets the first of them",
                        "names",
                        GRADIENT,
                        op(ScatterAdd.class::isInstance),
                        (g, node, in) -> {
                            int n = g.spec(in.getFirst()).shape().dim(0);
                            return g.applyAll(
                                    node.op(), List.of(g.slice(in.get(0), 0, 1, n), g.slice(in.get(1), 0, 1, n)));
                        }),
                new WrongKernel(
                        "a product with a factor that is not transposed",
                        "mlp",
                        GRADIENT,
                        WrongKernel::hasSquareFactor,
                        (g, node, in) -> g.applyAll(node.op(), List.of(in.get(0), g.transpose(in.get(1))))),
                new WrongKernel(
                        "a derivative of tanh without its square",
                        "tinygraph",
                        GRADIENT,
                        WrongKernel::isSquare,
                        (g, node, in) -> in.subList(0, 1)));
    }

    /// The first such node of a graph.
    Optional<Node> in(Graph graph) {
        Set<Integer> loss = new HashSet<>(Set.of(graph.output("loss").node()));
        for (Node node : graph.nodes().reversed()) {
            if (loss.contains(node.id())) {
                node.inputs().forEach(operand -> loss.add(operand.node()));
            }
        }
        return graph.nodes().stream()
                .filter(node -> loss.contains(node.id()) != isGradient && of.test(graph, node))
                .findFirst();
    }

    private static BiPredicate<Graph, Node> op(Predicate<Op> of) {
        return (graph, node) -> of.test(node.op());
    }

    private static boolean hasSquareFactor(Graph graph, Node node) {
        if (!(node.op() instanceof MatMul)) {
            return false;
        }
        Shape b = graph.spec(node.inputs().get(1)).shape();
        return b.rank() == 2 && b.dim(0) == b.dim(1);
    }

    private static boolean isSquare(Graph graph, Node node) {
        return node.op().equals(new Pointwise(ScalarFn.MUL))
                && node.inputs().get(0).equals(node.inputs().get(1));
    }

    private static List<Value> scaled(GraphBuilder g, Node node, List<Value> in) {
        List<Value> right = g.applyAll(node.op(), in);
        return right.stream()
                .map(x -> g.cast(g.mul(g.widened(x), 1.01), g.spec(x).dtype()))
                .toList();
    }

    @Override
    public String toString() {
        return name;
    }
}
