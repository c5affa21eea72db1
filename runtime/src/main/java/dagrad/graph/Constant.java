package dagrad.graph;

import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Literal;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// A tensor known when the graph is built: one value that fills the shape, or one for each element.
public record Constant(TensorSpec spec, Literal values) implements Primitive {
    /// Floating values are kept as f64, so that equal numbers are equal constants however they were given;
    /// integers as the type that is wanted.
    public Constant {
        values = values.as(spec.dtype().isFloating() ? DType.F64 : spec.dtype());
    }

    /// A fill.
    public static Constant of(TensorSpec spec, double value) {
        return new Constant(spec, Literal.of(value));
    }

    public boolean isFill() {
        return values.size() == 1;
    }

    /// The value of a fill.
    public double fill() {
        return values.get(0);
    }

    /// A new tensor with the constant's elements.
    public HostTensor toTensor() {
        return values.toTensor(spec);
    }

    @Override
    public int operands() {
        return 0;
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        ShapeException.check(
                isFill() || values.size() == spec.shape().size(), "constant", "%d values for %s", values.size(), spec);
        return List.of(spec);
    }

    @Override
    public Gradient gradient(Rule r) {
        return Gradient.zero(0);
    }
}
