package dagrad.graph;

import java.util.List;

/// From y = softmax(x) and dy the gradient dx = y (dy - sum(dy y)), along the last axis. Only y is saved.
public record SoftmaxGrad() implements Composite {
    @Override
    public int operands() {
        return 2;
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Value y = in.get(0);
        Value dy = in.get(1);
        return List.of(g.mul(y, g.sub(dy, g.sumKeepDims(g.mul(dy, y), -1))));
    }
}
