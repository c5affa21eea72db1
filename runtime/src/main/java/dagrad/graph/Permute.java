package dagrad.graph;

import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// The axes in another order: axis `i` of the result is axis `order[i]` of the operand.
public record Permute(List<Integer> order) implements Primitive {
    public Permute {
        order = List.copyOf(order);
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        ShapeException.check(
                order.size() == x.shape().rank()
                        && order.stream().sorted().toList().equals(GraphBuilder.range(order.size())),
                name(),
                "%s is no order of the axes of %s",
                order,
                x);
        return List.of(x.withShape(new Shape(order.stream().map(x.shape()::dim).toList())));
    }

    @Override
    public Gradient gradient(Rule r) {
        return r.of(r.g().permute(r.grad(0), r.g().inverse(order)));
    }
}
