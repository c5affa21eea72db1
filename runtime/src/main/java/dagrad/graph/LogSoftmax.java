package dagrad.graph;

import java.util.List;

/// x - log sum exp x, along the last axis. dx = dy - exp(y) sum(dy). Losses are made of it, so of a bf16 operand the
/// result is f32.
public record LogSoftmax() implements Composite {
    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Value x = g.widened(in.getFirst());
        return List.of(g.sub(x, g.logSumExpKeepDims(x, -1)));
    }

    @Override
    public Gradient gradient(Rule r) {
        GraphBuilder g = r.g();
        Value dx = g.sub(r.grad(0), g.mul(g.exp(r.out(0)), g.sumKeepDims(r.grad(0), -1)));
        return r.of(g.cast(dx, g.spec(r.in(0)).dtype()));
    }
}
