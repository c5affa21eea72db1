package dagrad.graph;

import static dagrad.graph.ShapeException.check;

import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/// From the operands of [Attention], its results o and l, and do, the gradients dq, dk, dv (and dmask): with
/// p = exp(scores - l) and ds = p (do vᵀ - sum(do o)), dq = ds k scale, dk = dsᵀ q scale, dv = pᵀ do, dmask = ds
/// (Dao, "FlashAttention-2", 2023, section 2.3). Of bf16 operands (l is f32) p and ds are computed in f32 and rounded
/// to bf16 for the products, and so are the gradients.
public record AttentionGrad(double scale, boolean causal, boolean masked) implements Composite {
    @Override
    public int operands() {
        return masked ? 7 : 6;
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Shape scores = Attention.checkOperands(name(), in.subList(0, masked ? 4 : 3), masked);
        int last = scores.rank() - 1;
        Shape o = scores.with(last, in.get(2).shape().dim(last));
        int first = masked ? 4 : 3;
        DType type = in.getFirst().dtype();
        List<TensorSpec> results = List.of(
                new TensorSpec(type, o), new TensorSpec(type.wide(), scores.with(last, 1)), new TensorSpec(type, o));
        check(
                in.subList(first, first + 3).equals(results),
                name(),
                "o, l and do must be %s, not %s",
                results,
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
        Value dP = g.wideMatmul(dO, g.transpose(in.get(2)));
        Value rowSum = g.sumKeepDims(g.mul(g.widened(dO), g.widened(o)), -1);
        DType type = g.spec(dO).dtype();
        Value ds = g.cast(g.mul(p, g.sub(dP, rowSum)), type);
        List<Value> results = new ArrayList<>(List.of(
                g.cast(g.mul(g.wideMatmul(ds, in.get(1)), scale), type),
                g.cast(g.mul(g.wideMatmul(g.transpose(ds), in.get(0)), scale), type),
                g.matmul(g.transpose(g.cast(p, type)), dO)));
        if (masked) {
            results.add(ds);
        }
        return results;
    }
}
