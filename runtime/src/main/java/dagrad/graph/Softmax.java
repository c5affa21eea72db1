package dagrad.graph;

import java.util.List;

/// exp(x - max x) / sum exp(x - max x), along the last axis. Of bf16 operands it is computed in f32 and rounded.
public record Softmax() implements Composite {
    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Value x = g.widened(in.getFirst());
        Value e = g.exp(g.sub(x, g.stopGradient(g.maxKeepDims(x, -1))));
        return List.of(
                g.cast(g.div(e, g.sumKeepDims(e, -1)), g.spec(in.getFirst()).dtype()));
    }

    @Override
    public Gradient gradient(Rule r) {
        return r.of(r.g().apply(new SoftmaxGrad(), r.out(0), r.grad(0)));
    }
}
