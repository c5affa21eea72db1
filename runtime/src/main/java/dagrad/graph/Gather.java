package dagrad.graph;

import static dagrad.graph.ShapeException.check;

import dagrad.tensor.TensorSpec;
import java.util.List;

/// Rows by index: from x [r, d..] and integers i [n..] the tensor [n.., d..] whose row at n is x[i[n]]. An index
/// outside of
/// 0..r-1 is an error when the graph runs.
public record Gather() implements Primitive {
    @Override
    public int operands() {
        return 2;
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        TensorSpec x = in.get(0);
        TensorSpec indices = in.get(1);
        check(x.shape().rank() >= 1, name(), "no axis to choose from in %s", x);
        check(!indices.dtype().isFloating(), name(), "indices must be integers, not %s", indices);
        return List.of(
                x.withShape(indices.shape().concat(x.shape().sub(1, x.shape().rank()))));
    }

    @Override
    public Gradient gradient(Rule r) {
        GraphBuilder g = r.g();
        TensorSpec x = g.spec(r.in(0));
        Value dx = g.scatterAdd(r.in(1), r.grad(0), x.shape().dim(0));
        return r.of(g.cast(dx, x.dtype())).thenZero(1);
    }
}
