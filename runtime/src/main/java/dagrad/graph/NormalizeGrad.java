package dagrad.graph;

import java.util.List;

/// From y = normalize(x), var [.., 1] and dy the gradient dx = (dy - mean(dy) - y mean(dy y)) / sqrt(var + eps).
/// For bf16 y and dy, var is f32, and dx is rounded to bf16.
public record NormalizeGrad(double eps) implements Composite {
    @Override
    public int operands() {
        return 3;
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Value y = g.widened(in.get(0));
        Value dy = g.widened(in.get(2));
        Value inner = g.sub(g.sub(dy, g.meanKeepDims(dy, -1)), g.mul(y, g.meanKeepDims(g.mul(dy, y), -1)));
        Value dx = g.mul(inner, g.rsqrt(g.add(in.get(1), eps)));
        return List.of(g.cast(dx, g.spec(in.get(0)).dtype()));
    }
}
