package dagrad.graph;

import static dagrad.graph.ShapeException.check;

import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/// Tensors side by side along one axis; the other extents are equal.
public record Concat(int axis) implements Primitive {
    @Override
    public int operands() {
        return ANY;
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        TensorSpec first = in.getFirst();
        check(axis >= 0 && axis < first.shape().rank(), name(), "no axis %d in %s", axis, first);
        int extent = 0;
        for (TensorSpec x : in) {
            check(x.dtype() == first.dtype(), name(), "types differ: %s and %s; cast one", first, x);
            check(
                    x.shape().rank() == first.shape().rank()
                            && x.shape().with(axis, 0).equals(first.shape().with(axis, 0)),
                    name(),
                    "%s and %s differ outside of axis %d",
                    first,
                    x,
                    axis);
            extent += x.shape().dim(axis);
        }
        return List.of(first.withShape(first.shape().with(axis, extent)));
    }

    @Override
    public Gradient gradient(Rule r) {
        int operands = r.operands();
        List<Value> parts = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < operands; i++) {
            Shape shape = r.g().spec(r.in(i)).shape();
            parts.add(r.g().slice(r.grad(0), axis, from, from + shape.dim(axis)));
            from += shape.dim(axis);
        }
        return Gradient.of(parts);
    }
}
