package dagrad.graph;

import static dagrad.graph.ShapeException.check;

import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// From logits [n, classes] and class numbers i32 [n] the loss [n]: log sum exp x - x[target], and 0 where the target
/// is the one to ignore. The largest logit is subtracted before anything else, so that small losses keep their digits.
/// The second result is log sum exp x [n], from which the gradient finds the probabilities again without their having
/// been stored. Both are computed and kept in f32 for bf16 logits.
public record CrossEntropy(int ignoreIndex) implements Composite {
    @Override
    public int operands() {
        return 2;
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        checkOperands(name(), in.get(0), in.get(1));
        TensorSpec loss = perRow(in.get(0), in.get(1));
        return List.of(loss, loss);
    }

    /// What the loss is, and the log of each row's sum.
    static TensorSpec perRow(TensorSpec logits, TensorSpec targets) {
        return new TensorSpec(logits.dtype().wide(), targets.shape());
    }

    static void checkOperands(String op, TensorSpec logits, TensorSpec targets) {
        check(
                logits.shape().rank() == 2 && logits.dtype().isFloating(),
                op,
                "logits must be floating [n, classes], not %s",
                logits);
        check(logits.shape().dim(1) > 0, op, "there are no classes in %s", logits);
        check(
                targets.equals(new TensorSpec(DType.I32, logits.shape().sub(0, 1))),
                op,
                "targets for %s must be i32[%d], not %s",
                logits,
                logits.shape().dim(0),
                targets);
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Value x = g.widened(in.get(0));
        Value target = in.get(1);
        Shape shape = g.spec(x).shape();
        Value counted = g.ne(target, ignoreIndex);
        // A class that there is not must be an error, and not the neighbouring row's logit: the gather of 0, 1, 2, …
        // changes nothing else.
        Value chosen = g.gather(g.iota(Shape.of(shape.dim(1)), 0), g.select(counted, target, g.zerosLike(target)));
        Value position = g.add(g.mul(g.iota(g.spec(target).shape(), 0), shape.dim(1)), chosen);
        Value picked = g.gather(g.reshape(x, -1), position);
        Value max = g.stopGradient(g.maxOver(x, -1));
        Value logSum = g.log(g.sum(g.exp(g.sub(x, g.unsqueeze(max, -1))), -1));
        Value loss = g.sub(logSum, g.sub(picked, max));
        Value type = g.cast(counted, g.spec(x).dtype());
        return List.of(g.select(type, loss, g.zerosLike(loss)), g.add(logSum, max));
    }

    @Override
    public Gradient gradient(Rule r) {
        if (r.hasGrad(1)) {
            return r.throughExpansion(this);
        }
        return r.of(r.g().apply(new CrossEntropyGrad(ignoreIndex), r.in(0), r.in(1), r.out(1), r.grad(0)))
                .thenZero(1);
    }
}
