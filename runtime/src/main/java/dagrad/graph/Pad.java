package dagrad.graph;

import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/// A tensor with a margin of one value: along each axis `low` elements before it and `high` after it.
public record Pad(List<Integer> low, List<Integer> high, double value) implements Primitive {
    public Pad {
        low = List.copyOf(low);
        high = List.copyOf(high);
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        boolean fits = low.size() == x.shape().rank() && high.size() == low.size();
        List<Integer> dims = new ArrayList<>();
        for (int i = 0; fits && i < low.size(); i++) {
            fits = low.get(i) >= 0 && high.get(i) >= 0;
            dims.add(low.get(i) + x.shape().dim(i) + high.get(i));
        }
        ShapeException.check(fits, name(), "margins %s and %s do not fit %s", low, high, x);
        return List.of(x.withShape(new Shape(dims)));
    }

    @Override
    public Gradient gradient(Rule r) {
        Shape inner = r.g().spec(r.in(0)).shape();
        List<Integer> to = new ArrayList<>();
        for (int i = 0; i < inner.rank(); i++) {
            to.add(low.get(i) + inner.dim(i));
        }
        return r.of(r.g().apply(new Slice(low, to), r.grad(0)));
    }
}
