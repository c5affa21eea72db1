package dagrad.graph;

import static dagrad.graph.ShapeException.check;

import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// [.., m, k] × [.., k, n] → [.., m, n], with equal leading axes. Sums are accumulated in f32 at least.
///
/// dA = dC Bᵀ, dB = Aᵀ dC. Transposes are [Permute] nodes; they cost nothing, as a product reads either order.
///
/// @param wide whether the sums are not rounded to the operands' type: bf16 operands then give f32, as gradients of
///     parameters want it
public record MatMul(boolean wide) implements Primitive {
    /// The result has the operands' type.
    public MatMul() {
        this(false);
    }

    @Override
    public String name() {
        return "matmul";
    }

    @Override
    public int operands() {
        return 2;
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        TensorSpec a = in.get(0);
        TensorSpec b = in.get(1);
        Shape as = a.shape();
        Shape bs = b.shape();
        check(a.dtype() == b.dtype(), name(), "types differ: %s and %s; cast one", a, b);
        check(
                a.dtype().isFloating(),
                name(),
                "not defined on %s; cast to f32",
                a.dtype().text());
        check(
                as.rank() >= 2 && as.rank() == bs.rank(),
                name(),
                "needs operands of one rank, 2 or more: %s and %s",
                a,
                b);
        check(as.dim(-1) == bs.dim(-2), name(), "inner dimensions differ: %d and %d", as.dim(-1), bs.dim(-2));
        int batch = as.rank() - 2;
        check(as.sub(0, batch).equals(bs.sub(0, batch)), name(), "leading axes differ: %s and %s", a, b);
        DType result = wide ? a.dtype().wide() : a.dtype();
        return List.of(new TensorSpec(result, as.with(-1, bs.dim(-1))));
    }

    @Override
    public Gradient gradient(Rule r) {
        GraphBuilder g = r.g();
        Value dC = g.cast(r.grad(0), g.spec(r.in(0)).dtype());
        return r.of(g.matmul(dC, g.transpose(r.in(1))), g.matmul(g.transpose(r.in(0)), dC));
    }
}
