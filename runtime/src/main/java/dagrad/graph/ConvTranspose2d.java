package dagrad.graph;

import static dagrad.graph.ShapeException.check;

import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// The adjoint of [Conv2d] in its images: y [n, o, oh, ow] with weights [o, c/groups, kh, kw] gives [n, c, h, w],
/// where a convolution of [n, c, h, w] would give y's shape. Of bf16 operands it is added up in f32 and rounded once.
public record ConvTranspose2d(ConvSpec conv, int h, int w) implements Composite {
    @Override
    public int operands() {
        return 2;
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        TensorSpec y = in.get(0);
        Shape weights = Conv2d.checkOperands(name(), y, in.get(1));
        Window window = conv.window(weights.dim(2), weights.dim(3));
        check(
                y.shape().dim(1) == weights.dim(0) && weights.dim(0) % conv.groups() == 0,
                name(),
                "%d groups of %s do not fit the channels of %s",
                conv.groups(),
                in.get(1),
                y);
        check(
                window.positionsH(h + 2 * conv.padH()) == y.shape().dim(2)
                        && window.positionsW(w + 2 * conv.padW()) == y.shape().dim(3),
                name(),
                "no convolution of %dx%d images gives %s",
                h,
                w,
                y);
        return List.of(y.withShape(Shape.of(y.shape().dim(0), weights.dim(1) * conv.groups(), h, w)));
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Shape y = g.spec(in.get(0)).shape();
        Shape s = g.spec(in.get(1)).shape();
        int groups = conv.groups();
        int taps = s.dim(1) * s.dim(2) * s.dim(3);
        Value weights = g.broadcast(
                g.transpose(g.reshape(in.get(1), groups, s.dim(0) / groups, taps)),
                Shape.of(y.dim(0), groups, taps, s.dim(0) / groups));
        Value columns = g.wideMatmul(weights, g.reshape(in.get(0), y.dim(0), groups, s.dim(0) / groups, -1));
        Value windows = g.reshape(columns, y.dim(0), s.dim(1) * groups, s.dim(2), s.dim(3), y.dim(2), y.dim(3));
        Value padded =
                g.apply(new Fold(conv.window(s.dim(2), s.dim(3)), h + 2 * conv.padH(), w + 2 * conv.padW()), windows);
        Value x = g.slice(g.slice(padded, 2, conv.padH(), conv.padH() + h), 3, conv.padW(), conv.padW() + w);
        return List.of(g.cast(x, g.spec(in.get(0)).dtype()));
    }

    @Override
    public Gradient gradient(Rule r) {
        GraphBuilder g = r.g();
        Shape s = g.spec(r.in(1)).shape();
        Value dw = g.apply(new Conv2dWeightGrad(conv, s.dim(2), s.dim(3)), r.grad(0), r.in(0));
        return r.of(
                g.apply(new Conv2d(conv), r.grad(0), r.in(1)),
                g.cast(dw, g.spec(r.in(1)).dtype()));
    }
}
