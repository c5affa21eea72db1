package dagrad.graph;

import static dagrad.graph.ShapeException.check;

import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// What rows receive along weighted edges: from x [n, b], weights w \[edges] and the edges' ends, tails and heads
/// i32 \[edges], the tensor [rows, b] with the sum of w[e] x[tail[e]] over all edges e with head[e] = r in row r, the
/// lecture's (12); or backwards, the sum of w[e] x[head[e]] over those with tail[e] = r, which is how its (13) takes δ
/// from the heads to the tails. There may be several edges from one row to another, and none. An end outside of its
/// rows is an error when the graph runs.
///
/// A device without a kernel for it multiplies by a matrix of all weights where most of the possible edges are there,
/// and gathers, multiplies and adds up otherwise. Of bf16 operands the sums are computed in f32 and rounded, and so are
/// the weights of such a matrix.
///
/// @param rows of the result
/// @param back from heads to tails
public record EdgeSum(int rows, boolean back) implements Composite {
    @Override
    public int operands() {
        return 4;
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Edges.checkOperands(name(), in);
        TensorSpec x = in.getFirst();
        check(rows >= 0, name(), "%d rows", rows);
        check(
                in.get(1).shape().equals(Edges.vector(in.get(2))),
                name(),
                "%s are not the weights of the edges %s",
                in.get(1),
                in.get(2));
        return List.of(x.withShape(Shape.of(rows, x.shape().dim(1))));
    }

    private Edges edges(TensorSpec x, TensorSpec weights) {
        int given = x.shape().dim(0);
        return new Edges(
                back ? rows : given,
                back ? given : rows,
                weights.shape().dim(0),
                x.shape().dim(1));
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Value x = in.get(0);
        Value w = in.get(1);
        Value tail = in.get(2);
        Value head = in.get(3);
        Edges edges = edges(g.spec(x), g.spec(w));
        if (edges.areDense()) {
            Value matrix = edges.matrix(g, w, tail, head);
            return List.of(g.matmul(back ? g.transpose(matrix) : matrix, x));
        }
        Value each = g.mul(g.widened(g.gather(x, back ? head : tail)), g.widened(g.reshape(w, -1, 1)));
        Value sums = g.scatterAdd(back ? tail : head, each, rows);
        return List.of(g.cast(sums, g.spec(x).dtype()));
    }

    @Override
    public Gradient gradient(Rule r) {
        Value x = r.in(0);
        Value tail = r.in(2);
        Value head = r.in(3);
        Value dy = r.grad(0);
        Value dx = r.g().edgeSum(dy, r.in(1), tail, head, r.g().spec(x).shape().dim(0), !back);
        Value dw = r.g().apply(new EdgeProduct(), back ? dy : x, back ? x : dy, tail, head);
        return r.of(dx, dw).thenZero(2);
    }
}
