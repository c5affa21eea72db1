package dagrad.graph;

import static dagrad.graph.ShapeException.check;

import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/// From the operands of [Attention], its results o and l, and do, the gradients dq, dk, dv (and dmask): with
/// p = exp(scores - l) and ds = p (do vᵀ - sum(do o)), dq = ds k scale, dk = dsᵀ q scale, dv = pᵀ do, dmask = ds
/// (Dao, "FlashAttention-2", 2023, section 2.3).
public record AttentionGrad(double scale, boolean causal, boolean masked) implements Composite {
    @Override
    public int operands() {
        return masked ? 7 : 6;
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Shape scores = Attention.checkOperands(name(), in, masked);
        int last = scores.rank() - 1;
        Shape o = scores.with(last, in.get(2).shape().dim(last));
        int first = masked ? 4 : 3;
        check(
                in.get(first).shape().equals(o)
                        && in.get(first + 1).shape().equals(scores.with(last, 1))
                        && in.get(first + 2).shape().equals(o),
                name(),
                "o, l and do must be %s, %s and %s, not %s",
                o,
                scores.with(last, 1),
                o,
                in.subList(first, first + 3));
        return List.copyOf(in.subList(0, masked ? 4 : 3));
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        int first = masked ? 4 : 3;
        Value o = in.get(first);
        Value logSum = in.get(first + 1);
        Value dO = in.get(first + 2);
        Value p = g.exp(g.sub(Attention.scores(g, in, scale, causal, masked), logSum));
        Value dP = g.matmul(dO, g.transpose(in.get(2)));
        Value ds = g.mul(p, g.sub(dP, g.sumKeepDims(g.mul(dO, o), -1)));
        List<Value> results = new ArrayList<>(List.of(
                g.mul(g.matmul(ds, in.get(1)), scale),
                g.mul(g.matmul(g.transpose(ds), in.get(0)), scale),
                g.matmul(g.transpose(p), dO)));
        if (masked) {
            results.add(ds);
        }
        return results;
    }
}
