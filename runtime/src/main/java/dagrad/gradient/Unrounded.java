package dagrad.gradient;

import dagrad.graph.Cast;
import dagrad.graph.GraphBuilder;
import dagrad.graph.MatMul;
import dagrad.graph.Node;
import dagrad.graph.Op;
import dagrad.graph.Permute;
import dagrad.graph.Pointwise;
import dagrad.graph.Reshape;
import dagrad.graph.ScalarFn;
import dagrad.graph.Slice;
import dagrad.graph.Value;
import dagrad.tensor.DType;

/// Gradients that arrive through a cast from bf16, as they were before they were rounded to it. Where an f32 parameter
/// is cast to bf16 for a product, the gradient comes back as a bf16 product that is cast up; but the product has its
/// sums in f32, so they may as well go into the gradient as they are. The bf16 product is then dead, and goes.
final class Unrounded {
    private final GraphBuilder g;

    private Unrounded(GraphBuilder g) {
        this.g = g;
    }

    /// The same gradient, with as few roundings at its end as its nodes allow; itself if it is rounded nowhere.
    static Value of(GraphBuilder g, Value gradient) {
        return new Unrounded(g).of(gradient);
    }

    private Value of(Value x) {
        Node node = g.node(x);
        return switch (node.op()) {
            case Cast(DType to)
            when isRounded(node.inputs().getFirst(), to) -> before(node.inputs().getFirst());
            case Pointwise(ScalarFn fn)
            when fn == ScalarFn.ADD ->
                g.add(of(node.inputs().get(0)), of(node.inputs().get(1)));
            case Reshape _, Permute _, Slice _ ->
                g.apply(node.op(), of(node.inputs().getFirst()));
            case Op _ -> x;
        };
    }

    private boolean isRounded(Value x, DType to) {
        return g.spec(x).dtype() != to && g.spec(x).dtype().wide() == to;
    }

    /// What has been rounded to this value, or the value cast up if its node does not tell.
    private Value before(Value x) {
        Node node = g.node(x);
        DType wide = g.spec(x).dtype().wide();
        return switch (node.op()) {
            case Cast _
            when g.spec(node.inputs().getFirst()).dtype() == wide ->
                node.inputs().getFirst();
            case MatMul _ -> g.apply(new MatMul(true), node.inputs().toArray(Value[]::new));
            case Pointwise(ScalarFn fn)
            when fn == ScalarFn.ADD ->
                g.add(before(node.inputs().get(0)), before(node.inputs().get(1)));
            case Reshape _, Permute _, Slice _ ->
                g.apply(node.op(), before(node.inputs().getFirst()));
            case Op _ -> g.widened(x);
        };
    }
}
