package dagrad.graph;

import static dagrad.graph.ShapeException.check;

import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// Cross-correlation, as the field calls convolution: x [n, c, h, w] with weights [o, c/groups, kh, kw] gives
/// [n, o, oh, ow]. dx is the transposed convolution of dy, dw is [Conv2dWeightGrad].
public record Conv2d(ConvSpec conv) implements Composite {
    @Override
    public int operands() {
        return 2;
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        TensorSpec x = in.get(0);
        Shape w = checkOperands(name(), x, in.get(1));
        check(
                x.shape().dim(1) == w.dim(1) * conv.groups() && w.dim(0) % conv.groups() == 0,
                name(),
                "%d groups of %s do not fit the channels of %s",
                conv.groups(),
                in.get(1),
                x);
        Window window = conv.window(w.dim(2), w.dim(3));
        int oh = window.positionsH(x.shape().dim(2) + 2 * conv.padH());
        int ow = window.positionsW(x.shape().dim(3) + 2 * conv.padW());
        check(oh > 0 && ow > 0, name(), "%s is smaller than the kernel of %s", x, in.get(1));
        return List.of(x.withShape(Shape.of(x.shape().dim(0), w.dim(0), oh, ow)));
    }

    /// @return the shape of the weights
    static Shape checkOperands(String op, TensorSpec x, TensorSpec w) {
        check(
                x.shape().rank() == 4 && w.shape().rank() == 4,
                op,
                "needs images [n, c, h, w] and weights [o, c, kh, kw], not %s and %s",
                x,
                w);
        check(x.dtype() == w.dtype() && x.dtype().isFloating(), op, "needs two of one floating type: %s and %s", x, w);
        check(x.shape().size() > 0 && w.shape().size() > 0, op, "needs operands that are not empty: %s and %s", x, w);
        return w.shape();
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Shape x = g.spec(in.get(0)).shape();
        Shape w = g.spec(in.get(1)).shape();
        int groups = conv.groups();
        int taps = w.dim(1) * w.dim(2) * w.dim(3);
        Value columns = columns(g, in.get(0), conv, w.dim(2), w.dim(3));
        Value weights = g.broadcast(
                g.reshape(in.get(1), groups, w.dim(0) / groups, taps),
                Shape.of(x.dim(0), groups, w.dim(0) / groups, taps));
        Window window = conv.window(w.dim(2), w.dim(3));
        return List.of(g.reshape(
                g.matmul(weights, columns),
                x.dim(0),
                w.dim(0),
                window.positionsH(x.dim(2) + 2 * conv.padH()),
                window.positionsW(x.dim(3) + 2 * conv.padW())));
    }

    /// [n, c, h, w] → [n, groups, c/groups kh kw, oh ow]
    static Value columns(GraphBuilder g, Value x, ConvSpec conv, int kh, int kw) {
        Value unfolded = g.apply(new Unfold(conv.window(kh, kw)), g.pad2d(x, conv.padH(), conv.padW(), 0));
        Shape s = g.spec(unfolded).shape();
        return g.reshape(unfolded, s.dim(0), conv.groups(), s.dim(1) / conv.groups() * kh * kw, s.dim(4) * s.dim(5));
    }

    @Override
    public Gradient gradient(Rule r) {
        GraphBuilder g = r.g();
        Shape x = g.spec(r.in(0)).shape();
        Shape w = g.spec(r.in(1)).shape();
        Value dw = g.apply(new Conv2dWeightGrad(conv, w.dim(2), w.dim(3)), r.in(0), r.grad(0));
        return r.of(
                g.apply(new ConvTranspose2d(conv, x.dim(2), x.dim(3)), r.grad(0), r.in(1)),
                g.cast(dw, g.spec(r.in(1)).dtype()));
    }
}
