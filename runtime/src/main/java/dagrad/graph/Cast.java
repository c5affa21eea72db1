package dagrad.graph;

import dagrad.tensor.DType;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// The same numbers in another element type, as [DType#round] says. Between floats the derivative is 1; to or from
/// integers nothing flows.
public record Cast(DType to) implements Primitive {
    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        return List.of(in.getFirst().withDtype(to));
    }

    @Override
    public Gradient gradient(Rule r) {
        DType from = r.g().spec(r.in(0)).dtype();
        return from.isFloating() && to.isFloating() ? r.of(r.g().cast(r.grad(0), from)) : Gradient.zero(1);
    }
}
