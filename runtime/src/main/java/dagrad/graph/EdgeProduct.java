package dagrad.graph;

import static dagrad.graph.ShapeException.check;

import dagrad.tensor.TensorSpec;
import java.util.List;

/// For each edge the inner product of the rows that it joins: from x [n, b], y [m, b] and the edges' ends, tails and
/// heads i32 \[edges], the vector of x[tail[e]] · y[head[e]]. With δ for y it is what the lecture's (13) adds to each
/// edge's part of G, the gradient of [EdgeSum] by its weights. An end outside of its rows is an error when the graph
/// runs.
///
/// As [EdgeSum], it becomes a product of matrices where most of the possible edges are there. Of bf16 operands it is
/// computed in f32 and rounded.
public record EdgeProduct() implements Composite {
    @Override
    public int operands() {
        return 4;
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Edges.checkOperands(name(), in);
        TensorSpec x = in.get(0);
        TensorSpec y = in.get(1);
        check(
                y.shape().rank() == 2 && y.shape().dim(1) == x.shape().dim(1),
                name(),
                "rows of different widths: %s and %s",
                x,
                y);
        return List.of(x.withShape(Edges.vector(in.get(2))));
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Value x = in.get(0);
        Value y = in.get(1);
        Value tail = in.get(2);
        Value head = in.get(3);
        TensorSpec xs = g.spec(x);
        Edges edges = new Edges(
                xs.shape().dim(0),
                g.spec(y).shape().dim(0),
                g.spec(tail).shape().dim(0),
                xs.shape().dim(1));
        if (edges.areDense()) {
            Value all = g.reshape(g.matmul(y, g.transpose(x)), -1);
            return List.of(g.gather(all, edges.cells(g, tail, head)));
        }
        Value products = g.mul(g.widened(g.gather(x, tail)), g.widened(g.gather(y, head)));
        return List.of(g.cast(g.sum(products, 1), xs.dtype()));
    }

    @Override
    public Gradient gradient(Rule r) {
        GraphBuilder g = r.g();
        Value x = r.in(0);
        Value y = r.in(1);
        Value tail = r.in(2);
        Value head = r.in(3);
        Value each = r.grad(0);
        Value dx = g.edgeSum(y, each, tail, head, g.spec(x).shape().dim(0), true);
        Value dy = g.edgeSum(x, each, tail, head, g.spec(y).shape().dim(0), false);
        return r.of(dx, dy).thenZero(2);
    }
}
