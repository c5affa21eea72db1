package dagrad.graph;

import java.util.List;

/// From y = normalize(x), var [.., 1] and dy the gradient dx = (dy - mean(dy) - y mean(dy y)) / sqrt(var + eps).
public record NormalizeGrad(double eps) implements Composite {
    @Override
    public int operands() {
        return 3;
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Value y = in.get(0);
        Value dy = in.get(2);
        Value inner = g.sub(g.sub(dy, g.meanKeepDims(dy, -1)), g.mul(y, g.meanKeepDims(g.mul(dy, y), -1)));
        return List.of(g.mul(inner, g.rsqrt(g.add(in.get(1), eps))));
    }
}
