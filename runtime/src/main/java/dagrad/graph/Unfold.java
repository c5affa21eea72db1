package dagrad.graph;

import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// All windows of an image: [n, c, h, w] → [n, c, kh, kw, oh, ow], with (.., i, j, y, x) the element
/// (.., y sh + i dh, x sw + j dw). It only re-reads its operand, as a transpose does.
public record Unfold(Window window) implements Primitive {
    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        ShapeException.check(x.shape().rank() == 4, name(), "needs [n, c, h, w], not %s", x);
        int oh = window.positionsH(x.shape().dim(2));
        int ow = window.positionsW(x.shape().dim(3));
        ShapeException.check(oh > 0 && ow > 0, name(), "%s is smaller than the %s", x, window);
        return List.of(x.withShape(Shape.of(x.shape().dim(0), x.shape().dim(1), window.kh(), window.kw(), oh, ow)));
    }

    @Override
    public Gradient gradient(Rule r) {
        Shape x = r.g().spec(r.in(0)).shape();
        return r.of(r.g().apply(new Fold(window, x.dim(2), x.dim(3)), r.grad(0)));
    }
}
