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
        int rows = r.g().spec(r.in(0)).shape().dim(0);
        return r.of(r.g().scatterAdd(r.in(1), r.grad(0), rows)).thenZero(1);
    }
}
