package dagrad.graph;

import static dagrad.graph.ShapeException.check;

import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// The adjoint of [Conv2d] in its weights: images x [n, c, h, w] and y [n, o, oh, ow] give [o, c/groups, kh, kw].
/// It is a sum over all images, so of bf16 operands it is f32.
public record Conv2dWeightGrad(ConvSpec conv, int kh, int kw) implements Composite {
    @Override
    public int operands() {
        return 2;
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        TensorSpec x = in.get(0);
        TensorSpec y = in.get(1);
        Conv2d.checkOperands(name(), x, y);
        Window window = conv.window(kh, kw);
        check(
                x.shape().dim(0) == y.shape().dim(0)
                        && x.shape().dim(1) % conv.groups() == 0
                        && y.shape().dim(1) % conv.groups() == 0
                        && window.positionsH(x.shape().dim(2) + 2 * conv.padH())
                                == y.shape().dim(2)
                        && window.positionsW(x.shape().dim(3) + 2 * conv.padW())
                                == y.shape().dim(3),
                name(),
                "no convolution of %s with a %dx%d kernel gives %s",
                x,
                kh,
                kw,
                y);
        Shape weights = Shape.of(y.shape().dim(1), x.shape().dim(1) / conv.groups(), kh, kw);
        return List.of(new TensorSpec(x.dtype().wide(), weights));
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Shape x = g.spec(in.get(0)).shape();
        Shape y = g.spec(in.get(1)).shape();
        int groups = conv.groups();
        Value columns = Conv2d.columns(g, in.get(0), conv, kh, kw);
        Value rows = g.reshape(in.get(1), y.dim(0), groups, y.dim(1) / groups, -1);
        Value perImage = g.wideMatmul(rows, g.transpose(columns));
        return List.of(g.reshape(g.sum(perImage, 0), y.dim(1), x.dim(1) / groups, kh, kw));
    }

    @Override
    public Gradient gradient(Rule r) {
        GraphBuilder g = r.g();
        Shape x = g.spec(r.in(0)).shape();
        Value dw = g.cast(r.grad(0), g.spec(r.in(0)).dtype());
        return r.of(
                g.apply(new ConvTranspose2d(conv, x.dim(2), x.dim(3)), r.in(1), dw),
                g.apply(new Conv2d(conv), r.in(0), dw));
    }
}
