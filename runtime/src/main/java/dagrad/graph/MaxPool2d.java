package dagrad.graph;

import dagrad.tensor.Shape;
import java.util.List;

/// The largest element of each window of [n, c, h, w]: [n, c, oh, ow]. Margins never win. The second result (i32,
/// same shape) is the place of the first largest element in its window, counted in row-major order; the gradient
/// goes there.
public record MaxPool2d(Window window, int padH, int padW) implements Composite {
    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Value windows = g.apply(new Unfold(window), g.pad2d(in.getFirst(), padH, padW, Double.NEGATIVE_INFINITY));
        Shape s = g.spec(windows).shape();
        Value rows = g.reshape(windows, s.dim(0), s.dim(1), s.dim(2) * s.dim(3), s.dim(4), s.dim(5));
        return List.of(g.maxOver(rows, 2), g.argmax(rows, 2));
    }

    @Override
    public Gradient gradient(Rule r) {
        Shape x = r.g().spec(r.in(0)).shape();
        return r.of(r.g().apply(new MaxPool2dGrad(window, padH, padW, x.dim(2), x.dim(3)), r.out(1), r.grad(0)));
    }
}
