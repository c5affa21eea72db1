package dagrad.graph;

import static dagrad.graph.ShapeException.check;

import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// The adjoint of [Gather]: from integers i [n..] and u [n.., d..] the tensor [rows, d..] whose row r is the sum of
/// the u[n] with i[n] = r, added in ascending order of n. A sum of bf16 is f32. An index outside of 0..rows-1 is an
/// error when the graph runs.
public record ScatterAdd(int rows) implements Primitive {
    @Override
    public int operands() {
        return 2;
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        TensorSpec indices = in.get(0);
        TensorSpec updates = in.get(1);
        int n = indices.shape().rank();
        check(!indices.dtype().isFloating(), name(), "indices must be integers, not %s", indices);
        check(
                updates.shape().rank() >= n && updates.shape().sub(0, n).equals(indices.shape()),
                name(),
                "%s must begin with the indices' shape %s",
                updates,
                indices.shape());
        Shape row = updates.shape().sub(n, updates.shape().rank());
        return List.of(new TensorSpec(updates.dtype().wide(), Shape.of(rows).concat(row)));
    }

    @Override
    public Gradient gradient(Rule r) {
        GraphBuilder g = r.g();
        Value du = g.cast(g.gather(r.grad(0), r.in(0)), g.spec(r.in(1)).dtype());
        return new Gradient(List.of(new Gradient.Part.Zero(), new Gradient.Part.Flows(du)));
    }
}
