package dagrad.graph;

import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/// A box of a tensor: along each axis the elements from `from` (inclusive) to `to` (exclusive).
public record Slice(List<Integer> from, List<Integer> to) implements Primitive {
    public Slice {
        from = List.copyOf(from);
        to = List.copyOf(to);
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        boolean fits = from.size() == x.shape().rank() && to.size() == from.size();
        List<Integer> dims = new ArrayList<>();
        for (int i = 0; fits && i < from.size(); i++) {
            fits = 0 <= from.get(i)
                    && from.get(i) <= to.get(i)
                    && to.get(i) <= x.shape().dim(i);
            dims.add(to.get(i) - from.get(i));
        }
        ShapeException.check(fits, name(), "from %s to %s is no part of %s", from, to, x);
        return List.of(x.withShape(new Shape(dims)));
    }

    @Override
    public Gradient gradient(Rule r) {
        Shape whole = r.g().spec(r.in(0)).shape();
        List<Integer> high = new ArrayList<>();
        for (int i = 0; i < whole.rank(); i++) {
            high.add(whole.dim(i) - to.get(i));
        }
        return r.of(r.g().apply(new Pad(from, high, 0), r.grad(0)));
    }
}
