package dagrad.ops;

import static dagrad.ops.Operand.f;
import static dagrad.ops.Operand.i;
import static dagrad.ops.Operand.ints;
import static dagrad.ops.Row.sugar;

import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.tensor.Shape;
import java.util.List;
import java.util.stream.Stream;

/// The rows of the vocabulary of networks: products, losses, normalisation, attention, chance.
final class NetworkSamples {
    private NetworkSamples() {}

    static List<Row> rows() {
        return Stream.of(products(), losses(), normalisation(), attention(), chance())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Row> products() {
        return List.of(
                sugar("matmul, broadcast", (g, x) -> g.matmul(x.get(0), x.get(1)))
                        .on(f(2, 3, 4), f(4, 5))
                        .on(f(2, 1, 3, 4), f(3, 4, 2)),
                sugar("linear", (g, x) -> g.linear(x.get(0), x.get(1), x.get(2)))
                        .on(f(2, 3, 4), f(5, 4), f(5))
                        .on(f(3, 4), f(5, 4), f(5)));
    }

    private static List<Row> losses() {
        return List.of(
                sugar("softmax over 0", (g, x) -> g.softmax(x.getFirst(), 0)).on(f(4, 3)),
                sugar("log-softmax over 1", (g, x) -> g.logSoftmax(x.getFirst(), 1))
                        .on(f(2, 4, 3)),
                sugar("cross entropy", (g, x) -> g.crossEntropy(x.get(0), x.get(1)))
                        .on(f(4, 7), i(7, 4))
                        .on(f(2, 3, 5), i(5, 2, 3))
                        .golden("cross_entropy"),
                sugar("cross entropy, ignore 2", (g, x) -> g.crossEntropy(x.get(0), x.get(1), 2))
                        .on(f(4, 5), ints(1, 2, 4, 2))
                        .on(f(2, 5), ints(2, 2))
                        .golden("cross_entropy_ignore"),
                sugar("cross entropy, soft", (g, x) -> g.crossEntropySoft(x.get(0), x.get(1)))
                        .on(f(4, 5), f(4, 5).in(0.1, 0.5))
                        .golden("cross_entropy_soft"),
                sugar("mean squared error", (g, x) -> g.meanSquaredError(x.get(0), x.get(1)))
                        .on(f(4, 5), f(4, 5)));
    }

    private static List<Row> normalisation() {
        return List.of(
                sugar("layer norm", (g, x) -> g.layerNorm(x.get(0), x.get(1), x.get(2), 1e-5))
                        .on(f(4, 7), f(7), f(7))
                        .on(f(2, 3, 33), f(33), f(33))
                        .golden("layer_norm"),
                sugar("group norm", (g, x) -> g.groupNorm(x.get(0), 2, x.get(1), x.get(2), 1e-5))
                        .on(f(2, 4, 3, 3), f(4), f(4))
                        .on(f(3, 6, 5), f(6), f(6))
                        .golden("group_norm")
                        .rejects("group_norm: 2 groups of 3 channels", f(2, 3, 2, 2), f(3), f(3)),
                sugar("batch norm", NetworkSamples::batchNorm)
                        .on(f(3, 4, 2, 2), f(4), f(4), f(4).fixed(), f(4).fixed())
                        .on(f(8, 3), f(3), f(3), f(3).fixed(), f(3).fixed())
                        .golden("batch_norm"),
                sugar(
                                "batch norm, given",
                                (g, x) -> g.batchNormWith(x.get(0), x.get(1), x.get(2), x.get(3), x.get(4), 1e-5))
                        .on(f(3, 4, 2, 2), f(4), f(4), f(4), f(4).in(0.3, 2))
                        .golden("batch_norm_given"));
    }

    private static Value batchNorm(GraphBuilder g, List<Value> x) {
        return g.batchNorm(x.get(0), x.get(1), x.get(2), x.get(3), x.get(4), 0.1, 1e-5);
    }

    private static List<Row> attention() {
        return List.of(
                sugar("attention", (g, x) -> g.attention(x.get(0), x.get(1), x.get(2), false))
                        .on(f(2, 5, 4), f(2, 6, 4), f(2, 6, 3))
                        .golden("attention"),
                sugar("attention, causal", (g, x) -> g.attention(x.get(0), x.get(1), x.get(2), true))
                        .on(f(2, 5, 4), f(2, 5, 4), f(2, 5, 4))
                        .golden("attention_causal"),
                sugar("attention, masked", (g, x) -> g.attention(x.get(0), x.get(1), x.get(2), false, x.get(3)))
                        .on(f(2, 5, 4), f(2, 6, 4), f(2, 6, 3), f(5, 6))
                        .golden("attention_masked"),
                sugar("attention, dropout", (g, x) -> g.attentionWithDropout(x.get(0), x.get(1), x.get(2), true, 0.25))
                        .on(f(2, 5, 4), f(2, 5, 4), f(2, 5, 3)));
    }

    private static List<Row> chance() {
        return List.of(
                sugar("dropout", (g, x) -> g.dropout(x.getFirst(), 0.25))
                        .on(f(5, 7))
                        .edges(n -> List.of(f(n))),
                sugar("dropout, all", (g, x) -> g.dropout(x.getFirst(), 1))
                        .rejects("dropout: the rate must lie in 0..1, not 1.0", f(3)),
                sugar("dropout twice", (g, x) -> g.dropout(g.dropout(x.getFirst(), 0.5), 0.5))
                        .on(f(5, 7)),
                sugar("uniform", (g, x) -> g.uniform(Shape.of(33))).on(),
                sugar("normal", (g, x) -> g.normal(Shape.of(33))).on());
    }
}
