package dagrad.graph;

import dagrad.tensor.DType;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// From logits x [n, classes], targets i32 [n], log sum exp x [n] and dl [n] the gradient
/// dx = (exp(x - logsumexp) - onehot(target)) dl, 0 in ignored rows. For bf16 logits the vectors are f32, and dx is
/// rounded to bf16.
public record CrossEntropyGrad(int ignoreIndex) implements Composite {
    @Override
    public int operands() {
        return 4;
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        CrossEntropy.checkOperands(name(), in.get(0), in.get(1));
        TensorSpec loss = CrossEntropy.perRow(in.get(0), in.get(1));
        ShapeException.check(
                in.get(2).equals(loss) && in.get(3).equals(loss),
                name(),
                "logsumexp and dl must be %s, not %s and %s",
                loss,
                in.get(2),
                in.get(3));
        return List.of(in.get(0));
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Value x = g.widened(in.get(0));
        Value target = in.get(1);
        DType type = g.spec(x).dtype();
        Value scale = g.select(g.cast(g.ne(target, ignoreIndex), type), in.get(3), g.zerosLike(in.get(3)));
        Value p = g.exp(g.sub(x, g.unsqueeze(in.get(2), -1)));
        Value hit = g.oneHot(target, g.spec(x).shape().dim(1), type);
        Value dx = g.mul(g.sub(p, hit), g.unsqueeze(scale, -1));
        return List.of(g.cast(dx, g.spec(in.get(0)).dtype()));
    }
}
