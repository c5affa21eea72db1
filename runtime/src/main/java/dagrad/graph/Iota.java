package dagrad.graph;

import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// i32 numbers counting 0, 1, 2, … along one axis.
public record Iota(Shape shape, int axis) implements Primitive {
    @Override
    public int operands() {
        return 0;
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        ShapeException.check(axis >= 0 && axis < shape.rank(), name(), "no axis %d in %s", axis, shape);
        return List.of(new TensorSpec(DType.I32, shape));
    }

    @Override
    public Gradient gradient(Rule r) {
        return Gradient.zero(0);
    }
}
