package dagrad.graph;

import static dagrad.graph.ShapeException.check;

import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// The adjoint of [Unfold]: [n, c, kh, kw, oh, ow] → [n, c, h, w], each element the sum of the windows' elements that
/// lie on
/// it, in row-major order of (kh, kw).
public record Fold(Window window, int h, int w) implements Primitive {
    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        Shape s = x.shape();
        check(
                s.rank() == 6
                        && s.dim(2) == window.kh()
                        && s.dim(3) == window.kw()
                        && s.dim(4) == window.positionsH(h)
                        && s.dim(5) == window.positionsW(w),
                name(),
                "%s is not what unfolding %dx%d with %s gives",
                x,
                h,
                w,
                window);
        return List.of(x.withShape(Shape.of(s.dim(0), s.dim(1), h, w)));
    }

    @Override
    public Gradient gradient(Rule r) {
        return r.of(r.g().apply(new Unfold(window), r.grad(0)));
    }
}
