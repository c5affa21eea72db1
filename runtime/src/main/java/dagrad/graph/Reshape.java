package dagrad.graph;

import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// The same elements in row-major order under another shape of the same size.
public record Reshape(Shape shape) implements Primitive {
    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        ShapeException.check(
                x.shape().size() == shape.size(),
                name(),
                "%s has %d elements, %s has %d",
                x,
                x.shape().size(),
                shape,
                shape.size());
        return List.of(x.withShape(shape));
    }

    @Override
    public Gradient gradient(Rule r) {
        return r.of(r.g().reshape(r.grad(0), r.g().spec(r.in(0)).shape()));
    }
}
