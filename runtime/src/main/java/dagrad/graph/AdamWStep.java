package dagrad.graph;

import java.util.List;

/// One step of AdamW as in lecture (7): from θ, g, m, v and the scalars η_k, 1-β1^(k+1), 1-β2^(k+1) the new θ, m, v.
///
/// m' = β1 m + (1-β1) g;  v' = β2 v + (1-β2) g²;  θ' = θ - η (m'/c1) / (√(v'/c2) + ε) - η λ θ
public record AdamWStep(double beta1, double beta2, double epsilon, double weightDecay) implements Composite {
    @Override
    public String name() {
        return "adamw_step";
    }

    @Override
    public int operands() {
        return 7;
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Value theta = in.get(0);
        Value grad = in.get(1);
        Value rate = in.get(4);
        Value m = g.add(g.mul(in.get(2), beta1), g.mul(grad, 1 - beta1));
        Value v = g.add(g.mul(in.get(3), beta2), g.mul(g.square(grad), 1 - beta2));
        Value mHat = g.mul(m, g.reciprocal(in.get(5)));
        Value vHat = g.mul(v, g.reciprocal(in.get(6)));
        Value step = g.div(mHat, g.add(g.sqrt(vHat), epsilon));
        Value decayed = g.mul(theta, g.oneMinus(g.mul(rate, weightDecay)));
        return List.of(g.sub(decayed, g.mul(step, rate)), m, v);
    }
}
