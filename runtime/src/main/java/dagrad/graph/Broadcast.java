package dagrad.graph;

import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/// Axes of extent 1 repeated to a given extent; rank and other extents stay. Its gradient is the sum over those axes.
public record Broadcast(Shape shape) implements Primitive {
    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        boolean fits = x.shape().rank() == shape.rank();
        for (int i = 0; fits && i < shape.rank(); i++) {
            fits = x.shape().dim(i) == shape.dim(i) || x.shape().dim(i) == 1;
        }
        ShapeException.check(fits, name(), "%s does not stretch to %s", x, shape);
        return List.of(x.withShape(shape));
    }

    @Override
    public Gradient gradient(Rule r) {
        Shape from = r.g().spec(r.in(0)).shape();
        List<Integer> axes = new ArrayList<>();
        for (int i = 0; i < shape.rank(); i++) {
            if (!from.dims().get(i).equals(shape.dims().get(i))) {
                axes.add(i);
            }
        }
        return r.of(r.g().apply(new Reduce(Reduce.Kind.SUM, axes), r.grad(0)));
    }
}
