package dagrad.ops;

import static dagrad.ops.Operand.f;
import static dagrad.ops.Operand.i;
import static dagrad.ops.Operand.ints;
import static dagrad.ops.Row.sugar;
import static dagrad.ops.Row.sugarAll;

import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import java.util.List;
import java.util.stream.Stream;

/// The rows of the vocabulary of elementwise functions, reductions and re-arranging, as far as it is more than one
/// operation.
final class ActivationSamples {
    private ActivationSamples() {}

    static List<Row> rows() {
        return Stream.of(broadcasting(), activations(), reductions(), arrangement())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Row> broadcasting() {
        return List.of(
                sugar("add, broadcast", (g, x) -> g.add(x.get(0), x.get(1)))
                        .on(f(2, 3, 4), f(4))
                        .on(f(3, 1), f(1, 4))
                        .on(f(), f(2, 2))
                        .on(f(0, 3), f(3))
                        .rejects("add: shapes do not broadcast: f32[2,3] and f32[2]", f(2, 3), f(2)),
                sugar("mul, broadcast", (g, x) -> g.mul(x.get(0), x.get(1)))
                        .on(f(2, 3, 4), f(3, 1))
                        .on(f(2, 1), f(1, 3)),
                sugar("div, broadcast", (g, x) -> g.div(x.get(0), x.get(1))).on(f(2, 3), f(2, 1)),
                sugar("select, broadcast", (g, x) -> g.select(x.get(0), x.get(1), x.get(2)))
                        .on(f(2, 1).flags(), f(3), f()),
                sugar("square", (g, x) -> g.square(x.getFirst())).on(f(5)),
                sugar("reciprocal", (g, x) -> g.reciprocal(x.getFirst())).on(f(5)),
                sugar("pow 3", (g, x) -> g.pow(x.getFirst(), 3)).on(f(5)),
                sugar("ceil", (g, x) -> g.ceil(x.getFirst())).on(f(5).apart()),
                sugar("gt", (g, x) -> g.gt(x.get(0), x.get(1)))
                        .on(f(5).apart(), f(5).apart())
                        .on(i(3, 9), i(3, 9)),
                sugar("ge", (g, x) -> g.ge(x.get(0), x.get(1)))
                        .on(f(5).apart(), f(5).apart())
                        .on(i(3, 9), i(3, 9)),
                sugar("clip", (g, x) -> g.clip(x.getFirst(), -1.2, 0.7)).on(f(9).apart()));
    }

    private static List<Row> activations() {
        Operand wild = f(8).holding(-100.0, -20.0, -1.0, -1e-9, 1e-9, 1.0, 20.0, 100.0);
        return List.of(
                sugar("leaky relu", (g, x) -> g.leakyRelu(x.getFirst(), 0.01))
                        .on(f(5, 7))
                        .extremes(wild)
                        .golden("leaky_relu"),
                sugar("elu", (g, x) -> g.elu(x.getFirst(), 1.5))
                        .on(f(5, 7))
                        .extremes(wild)
                        .golden("elu"),
                sugar("gelu", (g, x) -> g.gelu(x.getFirst()))
                        .on(f(5, 7))
                        .extremes(wild)
                        .golden("gelu"),
                sugar("gelu tanh", (g, x) -> g.geluTanh(x.getFirst()))
                        .on(f(5, 7))
                        .extremes(wild)
                        .golden("gelu_tanh"),
                sugar("silu", (g, x) -> g.silu(x.getFirst()))
                        .on(f(5, 7))
                        .extremes(wild)
                        .golden("silu"),
                sugar("softplus", (g, x) -> g.softplus(x.getFirst()))
                        .on(f(5, 7))
                        .extremes(wild)
                        .golden("softplus"));
    }

    private static List<Row> reductions() {
        return List.of(
                sugar("sum", (g, x) -> g.sum(x.getFirst()))
                        .on(f(2, 3, 4))
                        .on(f())
                        .on(f(0, 3)),
                sugar("sum over -1", (g, x) -> g.sum(x.getFirst(), -1)).on(f(2, 3, 4)),
                sugar("mean", (g, x) -> g.mean(x.getFirst())).on(f(2, 3, 4)),
                sugar("mean over 0, 2", (g, x) -> g.mean(x.getFirst(), 0, 2)).on(f(2, 3, 4)),
                sugar("max over 0, -1", (g, x) -> g.maxOver(x.getFirst(), 0, -1))
                        .on(f(2, 3, 4).apart()),
                sugar("min", (g, x) -> g.minOver(x.getFirst())).on(f(2, 3, 4).apart()),
                sugar("variance", (g, x) -> g.variance(x.getFirst(), -1)).on(f(4, 7)),
                sugar("prod", (g, x) -> g.prod(x.getFirst(), -1))
                        .on(f(3, 7))
                        .on(f(3, 8))
                        .on(f(3, 1))
                        .on(f(3, 0))
                        .on(f(2, 4).holding(0.5, 0.0, 2.0, -1.5, 0.0, 3.0, 0.0, 1.0))
                        .golden("prod"),
                sugar("logsumexp", (g, x) -> g.logSumExp(x.getFirst(), 1))
                        .on(f(4, 7))
                        .on(f(2, 3, 2))
                        .edges(n -> List.of(f(2, n)))
                        .extremes(f(2, 4).holding(-1e4, 1e4, 0.0, 1.0))
                        .golden("logsumexp"),
                sugar("argmax", (g, x) -> g.argmax(x.getFirst(), -1)).on(f(4, 7).apart()),
                sugar("one-hot", (g, x) -> g.oneHot(x.getFirst(), 5, DType.F32))
                        .on(i(5, 4))
                        .on(ints(-1, 0, 4, 5, 2))
                        .on(i(5, 2, 3)));
    }

    private static List<Row> arrangement() {
        return List.of(
                sugar("strided slice", (g, x) -> g.slice(x.getFirst(), 1, 1, 6, 2))
                        .on(f(3, 7)),
                sugar("slice backwards", (g, x) -> g.slice(x.getFirst(), 0, 0, 3, -1))
                        .rejects("slice: the step must be 1 or more, not -1", f(3)),
                sugar("strided slice, exact", (g, x) -> g.slice(x.getFirst(), 0, 0, 6, 3))
                        .on(f(6, 2)),
                sugar("index", (g, x) -> g.index(x.getFirst(), -1, 2)).on(f(3, 7)),
                sugar("reshape -1", (g, x) -> g.reshape(x.getFirst(), -1, 2)).on(f(3, 4)),
                sugar("swap", (g, x) -> g.swap(x.getFirst(), 0, -1)).on(f(2, 3, 4)),
                sugar("broadcast", (g, x) -> g.broadcast(x.getFirst(), Shape.of(2, 3, 4)))
                        .on(f(3, 1))
                        .on(f()),
                sugar("unsqueeze", (g, x) -> g.unsqueeze(x.getFirst(), -1)).on(f(3)),
                sugar("unsqueeze at 2", (g, x) -> g.unsqueeze(x.getFirst(), 2))
                        .on(f(3, 4))
                        .rejects("unsqueeze: no place 2 for an axis of f32[3]", f(3)),
                sugar("stack", (g, x) -> g.stack(1, x.get(0), x.get(1)))
                        .on(f(2, 3), f(2, 3))
                        .rejects("stack: shapes differ: f32[2,3] and f32[3]", f(2, 3), f(3)),
                sugarAll("split", (g, x) -> g.split(x.getFirst(), -1, 3))
                        .on(f(2, 6))
                        .rejects("split: 7 elements along axis -1 of f32[2,7] do not make 3 equal parts", f(2, 7)),
                sugar("embedding", (g, x) -> g.embedding(x.get(0), x.get(1))).on(f(9, 4), i(9, 2, 3)));
    }
}
