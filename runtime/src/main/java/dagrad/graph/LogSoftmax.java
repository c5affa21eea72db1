package dagrad.graph;

import java.util.List;

/// x - log sum exp x, along the last axis. dx = dy - exp(y) sum(dy).
public record LogSoftmax() implements Composite {
    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        return List.of(g.sub(in.getFirst(), g.logSumExpKeepDims(in.getFirst(), -1)));
    }

    @Override
    public Gradient gradient(Rule r) {
        GraphBuilder g = r.g();
        return r.of(g.sub(r.grad(0), g.mul(g.exp(r.out(0)), g.sumKeepDims(r.grad(0), -1))));
    }
}
