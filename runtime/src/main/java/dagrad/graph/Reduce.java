package dagrad.graph;

import static dagrad.graph.ShapeException.check;

import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;
import java.util.Locale;

/// The sum, largest or smallest element along some axes, which stay with extent 1. The sum of nothing is 0; the
/// largest of
/// nothing is an error.
///
/// The gradient of max and min goes to the first of the elements that attain it, in row-major order.
public record Reduce(Kind kind, List<Integer> axes) implements Primitive {
    /// What is kept of the elements along the axes.
    public enum Kind {
        SUM,
        MAX,
        MIN
    }

    /// @param axes ascending, not negative
    public Reduce {
        axes = axes.stream().sorted().distinct().toList();
    }

    @Override
    public String name() {
        return "reduce_" + kind.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        Shape shape = x.shape();
        for (int axis : axes) {
            check(axis >= 0 && axis < x.shape().rank(), name(), "no axis %d in %s", axis, x);
            check(kind == Kind.SUM || x.shape().dim(axis) > 0, name(), "nothing along axis %d of %s", axis, x);
            shape = shape.with(axis, 1);
        }
        return List.of(x.withShape(shape));
    }

    @Override
    public Gradient gradient(Rule r) {
        GraphBuilder g = r.g();
        Shape shape = g.spec(r.in(0)).shape();
        if (kind == Kind.SUM) {
            return r.of(g.broadcast(r.grad(0), shape));
        }
        return r.of(g.mul(g.broadcast(r.grad(0), shape), firstAttaining(g, r.in(0))));
    }

    /// 1 at the first extremal element along the axes, 0 elsewhere: the axes are moved to the end and flattened, so
    /// that
    /// one argmax finds it.
    private Value firstAttaining(GraphBuilder g, Value x) {
        Shape shape = g.spec(x).shape();
        List<Integer> order = g.axesLast(shape.rank(), axes);
        Shape moved = g.spec(g.permute(x, order)).shape();
        int kept = shape.rank() - axes.size();
        int length = Math.toIntExact(moved.sub(kept, moved.rank()).size());
        Value rows = g.reshape(g.permute(x, order), moved.sub(0, kept).concat(Shape.of(length)));
        Value best = g.argmaxKeepDims(kind == Kind.MAX ? rows : g.neg(rows), kept);
        Value mask =
                g.cast(g.eq(g.iota(g.spec(rows).shape(), kept), best), g.spec(x).dtype());
        return g.permute(g.reshape(mask, moved), g.inverse(order));
    }
}
