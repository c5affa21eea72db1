package dagrad.graph;

import static dagrad.graph.ShapeException.check;

import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/// softmax(q kᵀ scale + mask) v for q [.., t, d], k [.., s, d], v [.., s, e]: [.., t, e]. The second result is the
/// log of each row's sum of exponentials [.., t, 1], from which the gradient finds the weights again.
///
/// Of bf16 operands the scores, their exponentials and sums, and the second result are f32. The exponentials are
/// rounded to bf16 for the product with v, before they are divided by their sum (to round equal weights of 1/t would be
/// to round all of them the same way), and so is the first result.
///
/// @param causal row i sees columns 0..i only
/// @param masked there is a fourth operand [.., t, s], added before the softmax
public record Attention(double scale, boolean causal, boolean masked) implements Composite {
    /// What takes a score out of the softmax: far below any score, yet finite, so that nothing becomes NaN.
    static final double HIDDEN = -1e30;

    @Override
    public int operands() {
        return masked ? 4 : 3;
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        TensorSpec q = in.get(0);
        Shape scores = checkOperands(name(), in, masked);
        int last = scores.rank() - 1;
        return List.of(
                q.withShape(q.shape().with(last, in.get(2).shape().dim(last))),
                new TensorSpec(q.dtype().wide(), scores.with(last, 1)));
    }

    /// @return the shape of the scores, [.., t, s]
    static Shape checkOperands(String op, List<TensorSpec> in, boolean masked) {
        Shape q = in.get(0).shape();
        Shape k = in.get(1).shape();
        Shape v = in.get(2).shape();
        int batch = q.rank() - 2;
        DType type = in.getFirst().dtype();
        check(
                type.isFloating() && in.stream().allMatch(x -> x.dtype() == type),
                op,
                "needs operands of one floating type: %s",
                in);
        check(
                batch >= 0 && k.rank() == q.rank() && v.rank() == q.rank(),
                op,
                "needs operands of one rank, 2 or more: %s, %s, %s",
                q,
                k,
                v);
        check(
                q.sub(0, batch).equals(k.sub(0, batch)) && k.sub(0, batch).equals(v.sub(0, batch)),
                op,
                "leading axes differ: %s, %s, %s",
                q,
                k,
                v);
        check(q.dim(-1) == k.dim(-1), op, "queries and keys differ in width: %d and %d", q.dim(-1), k.dim(-1));
        check(k.dim(-2) == v.dim(-2), op, "%d keys but %d values", k.dim(-2), v.dim(-2));
        check(k.dim(-2) > 0, op, "there are no keys in %s", k);
        Shape scores = q.with(-1, k.dim(-2));
        check(
                !masked || in.get(3).shape().equals(scores),
                op,
                "the mask must be %s, not %s",
                scores,
                masked ? in.get(3).shape() : scores);
        return scores;
    }

    /// q kᵀ scale + mask, with what is hidden far below; f32 for bf16 operands.
    static Value scores(GraphBuilder g, List<Value> in, double scale, boolean causal, boolean masked) {
        Value s = g.mul(g.wideMatmul(in.get(0), g.transpose(in.get(1))), scale);
        if (masked) {
            s = g.add(s, g.widened(in.get(3)));
        }
        if (causal) {
            Shape shape = g.spec(s).shape();
            Value seen = g.ge(g.iota(shape, -2), g.iota(shape, -1));
            s = g.select(g.cast(seen, g.spec(s).dtype()), s, g.like(s, HIDDEN));
        }
        return s;
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Value s = scores(g, in, scale, causal, masked);
        Value max = g.stopGradient(g.maxKeepDims(s, -1));
        Value e = g.exp(g.sub(s, max));
        Value sum = g.sumKeepDims(e, -1);
        DType type = g.spec(in.get(2)).dtype();
        Value o = g.div(g.wideMatmul(g.cast(e, type), in.get(2)), sum);
        return List.of(g.cast(o, type), g.add(g.log(sum), max));
    }

    @Override
    public Gradient gradient(Rule r) {
        if (r.hasGrad(1)) {
            return r.throughExpansion(this);
        }
        List<Value> operands = new ArrayList<>();
        for (int i = 0; i < r.operands(); i++) {
            operands.add(r.in(i));
        }
        operands.addAll(List.of(r.out(0), r.out(1), r.grad(0)));
        return Gradient.of(r.g().applyAll(new AttentionGrad(scale, causal, masked), operands));
    }
}
