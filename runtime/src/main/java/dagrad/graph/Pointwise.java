package dagrad.graph;

import dagrad.tensor.TensorSpec;
import java.util.List;

/// A scalar function, element by element. Operands have equal shapes and types: broadcasting is a node of its own.
public record Pointwise(ScalarFn fn) implements Primitive {
    @Override
    public String name() {
        return fn.text();
    }

    @Override
    public int operands() {
        return fn.arity();
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        TensorSpec first = in.getFirst();
        for (TensorSpec other : in) {
            ShapeException.check(other.shape().equals(first.shape()), name(), "shapes differ: %s and %s", first, other);
            ShapeException.check(
                    other.dtype() == first.dtype(), name(), "types differ: %s and %s; cast one", first, other);
        }
        ShapeException.check(
                fn.accepts(first.dtype()),
                name(),
                "not defined on %s; cast to f32",
                first.dtype().text());
        return List.of(first);
    }

    @Override
    public Gradient gradient(Rule r) {
        return fn.gradient(r);
    }
}
