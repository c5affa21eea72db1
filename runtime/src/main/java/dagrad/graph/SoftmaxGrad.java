package dagrad.graph;

import java.util.List;

/// From y = softmax(x) and dy the gradient dx = y (dy - sum(dy y)), along the last axis. Only y is saved.
/// Of bf16 operands it is computed in f32 and rounded.
public record SoftmaxGrad() implements Composite {
    @Override
    public int operands() {
        return 2;
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Value y = g.widened(in.get(0));
        Value dy = g.widened(in.get(1));
        Value dx = g.mul(y, g.sub(dy, g.sumKeepDims(g.mul(dy, y), -1)));
        return List.of(g.cast(dx, g.spec(in.get(0)).dtype()));
    }
}
