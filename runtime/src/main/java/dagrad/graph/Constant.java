package dagrad.graph;

import dagrad.tensor.TensorSpec;
import java.util.List;

/// A tensor known when the graph is built: one value that fills the shape, or one for each element.
public record Constant(TensorSpec spec, List<Double> values) implements Primitive {
    public Constant {
        values = List.copyOf(values);
    }

    /// A fill.
    public static Constant of(TensorSpec spec, double value) {
        return new Constant(spec, List.of(value));
    }

    public boolean isFill() {
        return values.size() == 1;
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
