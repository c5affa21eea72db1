package dagrad.graph;

import dagrad.tensor.DType;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// The index (i32) of the first largest element along one axis, which stays with extent 1. NaN counts as largest.
public record ArgMax(int axis) implements Primitive {
    @Override
    public String name() {
        return "argmax";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        ShapeException.check(axis >= 0 && axis < x.shape().rank(), name(), "no axis %d in %s", axis, x);
        ShapeException.check(x.shape().dim(axis) > 0, name(), "nothing along axis %d of %s", axis, x);
        return List.of(new TensorSpec(DType.I32, x.shape().with(axis, 1)));
    }

    @Override
    public Gradient gradient(Rule r) {
        return Gradient.zero(1);
    }
}
