package dagrad.graph;

import static dagrad.graph.ShapeException.check;

import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// From the places i32 [n, c, oh, ow] that [MaxPool2d] found and dy the gradient dx [n, c, h, w]: each dy added where
/// the
/// largest element stood.
public record MaxPool2dGrad(Window window, int padH, int padW, int h, int w) implements Composite {
    @Override
    public int operands() {
        return 2;
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        TensorSpec dy = in.get(1);
        Shape places = in.get(0).shape();
        check(
                places.rank() == 4
                        && in.get(0).dtype() == DType.I32
                        && dy.shape().equals(places),
                name(),
                "needs places i32 [n, c, oh, ow] and a gradient of that shape, not %s and %s",
                in.get(0),
                dy);
        check(
                window.positionsH(h + 2 * padH) == places.dim(2) && window.positionsW(w + 2 * padW) == places.dim(3),
                name(),
                "no pooling of %dx%d images gives %s",
                h,
                w,
                dy);
        return List.of(dy.withShape(Shape.of(places.dim(0), places.dim(1), h, w)));
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Value dy = in.get(1);
        Shape s = g.spec(dy).shape();
        Shape wide = Shape.of(s.dim(0), s.dim(1), window.kh() * window.kw(), s.dim(2), s.dim(3));
        Value hit = g.cast(
                g.eq(g.iota(wide, 2), g.unsqueeze(in.get(0), 2)), g.spec(dy).dtype());
        Value spread = g.mul(hit, g.unsqueeze(dy, 2));
        Value windows = g.reshape(spread, s.dim(0), s.dim(1), window.kh(), window.kw(), s.dim(2), s.dim(3));
        Value padded = g.apply(new Fold(window, h + 2 * padH, w + 2 * padW), windows);
        return List.of(g.slice(g.slice(padded, 2, padH, padH + h), 3, padW, padW + w));
    }
}
