package dagrad.plan;

import dagrad.graph.Attention;
import dagrad.graph.AttentionGrad;
import dagrad.graph.Cast;
import dagrad.graph.Composite;
import dagrad.graph.Conv2d;
import dagrad.graph.Conv2dWeightGrad;
import dagrad.graph.ConvTranspose2d;
import dagrad.graph.EdgeProduct;
import dagrad.graph.EdgeSum;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.MatMul;
import dagrad.graph.Node;
import dagrad.graph.Op;
import dagrad.graph.Pointwise;
import dagrad.graph.Reduce;
import dagrad.graph.ScatterAdd;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// What a launch costs, by arithmetic.
///
/// @param flops floating-point operations: an elementwise function counts as one, a product of [m, k] and [k, n] as 2 m
///     n k
/// @param bytes read and written, each operand once
public record Cost(long flops, long bytes) {
    public static final Cost NONE = new Cost(0, 0);

    public Cost plus(Cost other) {
        return new Cost(flops + other.flops, bytes + other.bytes);
    }

    /// Operations per byte; 0 if nothing is moved.
    public double intensity() {
        return bytes == 0 ? 0 : (double) flops / bytes;
    }

    /// What a launch costs.
    public static Cost of(Launch launch) {
        long bytes = launch.operands().stream().mapToLong(Operand::bytes).sum();
        return new Cost(flops(launch.body()), bytes);
    }

    private static long flops(Graph body) {
        return body.nodes().stream()
                .mapToLong(node ->
                        flops(node, node.inputs().stream().map(body::spec).toList()))
                .sum();
    }

    private static long flops(Node node, List<TensorSpec> in) {
        Op op = node.op();
        return switch (op) {
            case Pointwise _, Cast _ -> node.outputs().getFirst().shape().size();
            case Reduce _ -> in.getFirst().shape().size();
            case ScatterAdd _ -> in.get(1).shape().size();
            case MatMul _ ->
                2
                        * node.outputs().getFirst().shape().size()
                        * in.getFirst().shape().dim(-1);
            case Attention(var _, boolean causal, var _) -> attention(in, causal, 2);
            case AttentionGrad(var _, boolean causal, var _) -> attention(in, causal, 5);
            case Conv2d _ ->
                2 * node.outputs().getFirst().shape().size() * taps(in.get(1).shape());
            case ConvTranspose2d _ ->
                2 * in.getFirst().shape().size() * taps(in.get(1).shape());
            case Conv2dWeightGrad _ ->
                2 * in.get(1).shape().size() * taps(node.outputs().getFirst().shape());
            case EdgeSum _, EdgeProduct _ ->
                2 * in.getLast().shape().size() * in.getFirst().shape().dim(1);
            case Composite composite -> flops(GraphBuilder.expansion(composite, in));
            default -> 0;
        };
    }

    /// Multiplications per element of a convolution's result.
    private static long taps(Shape weights) {
        return weights.sub(1, 4).size();
    }

    /// Products of [t, s] with the heads' width; a causal mask leaves half of them.
    private static long attention(List<TensorSpec> in, boolean causal, int products) {
        long scores = in.getFirst().shape().size() * in.get(1).shape().dim(-2);
        return 2 * scores * products / (causal ? 2 : 1);
    }
}
