package dagrad.graph;

import java.util.List;

/// (x - mean) / sqrt(var + eps) along the last axis, with the population variance. Further results are mean and var
/// [.., 1], f32 for a bf16 operand, whose first result is rounded to bf16. Layer, group and batch norm are this, on
/// different arrangements of the axes.
public record Normalize(double eps) implements Composite {
    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Value x = g.widened(in.getFirst());
        Value mean = g.meanKeepDims(x, -1);
        Value centred = g.sub(x, mean);
        Value variance = g.meanKeepDims(g.square(centred), -1);
        Value y = g.mul(centred, g.rsqrt(g.add(variance, eps)));
        return List.of(g.cast(y, g.spec(in.getFirst()).dtype()), mean, variance);
    }

    @Override
    public Gradient gradient(Rule r) {
        if (r.hasGrad(1) || r.hasGrad(2)) {
            return r.throughExpansion(this);
        }
        return r.of(r.g().apply(new NormalizeGrad(eps), r.out(0), r.out(2), r.grad(0)));
    }
}
