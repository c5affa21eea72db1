package dagrad.reference;

import static dagrad.tensor.TensorSpec.f32;
import static dagrad.tensor.TensorSpec.i32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.graph.Fold;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Pad;
import dagrad.graph.Pointwise;
import dagrad.graph.ScalarFn;
import dagrad.graph.Unfold;
import dagrad.graph.Value;
import dagrad.graph.Window;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// Each primitive on numbers small enough to check by hand.
class GraphInterpreterTest {
    private static final HostTensor MATRIX = HostTensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);

    @Test
    void pointwise() {
        assertThat(on(MATRIX, (g, x) -> g.sub(g.square(x), 1))).containsExactly(0, 3, 8, 15, 24, 35);
        assertThat(on(MATRIX, (g, x) -> g.select(g.gt(x, 3), x, g.zerosLike(x))))
                .containsExactly(0, 0, 0, 4, 5, 6);
    }

    @Test
    void matmul() {
        assertThat(on(MATRIX, (g, x) -> g.matmul(x, g.transpose(x)))).containsExactly(14, 32, 32, 77);
        HostTensor two = HostTensor.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 2, 2, 2);
        assertThat(on(two, (g, x) -> g.matmul(x, x))).containsExactly(7, 10, 15, 22, 67, 78, 91, 106);
    }

    @Test
    void reductions() {
        assertThat(on(MATRIX, (g, x) -> g.sum(x, 0))).containsExactly(5, 7, 9);
        assertThat(on(MATRIX, (g, x) -> g.sum(x, 1))).containsExactly(6, 15);
        assertThat(on(MATRIX, (g, x) -> g.sum(x))).containsExactly(21);
        assertThat(on(MATRIX, (g, x) -> g.maxOver(x, 1))).containsExactly(3, 6);
        assertThat(on(MATRIX, (g, x) -> g.minOver(x, 0))).containsExactly(1, 2, 3);
        assertThat(on(HostTensor.of(new float[0], 0, 3), (g, x) -> g.sum(x, 0))).containsExactly(0, 0, 0);
    }

    @Test
    void argmaxTakesTheFirstAndNanIsLargest() {
        HostTensor x = HostTensor.of(new float[] {1, 3, 3, Float.NaN, 9, Float.NaN}, 2, 3);
        assertThat(on(x, (g, v) -> g.argmax(v, 1))).containsExactly(1, 0);
        assertThat(on(x, (g, v) -> g.argmax(v, 0))).containsExactly(1, 1, 1);
    }

    @Test
    void nanIsNeverLost() {
        HostTensor x = HostTensor.of(new float[] {1, Float.NaN, 3}, 3);
        assertThat(on(x, (g, v) -> g.maxOver(v))).containsExactly(Double.NaN);
        assertThat(on(x, (g, v) -> g.minOver(v))).containsExactly(Double.NaN);
        assertThat(on(x, (g, v) -> g.relu(v))).containsExactly(1, Double.NaN, 3);
        assertThat(on(x, (g, v) -> g.clip(v, 0, 2))).containsExactly(1, Double.NaN, 2);
        assertThat(on(x, (g, v) -> g.max(v, 2))).containsExactly(2, Double.NaN, 3);
    }

    @Test
    void shapes() {
        assertThat(on(MATRIX, (g, x) -> g.transpose(x))).containsExactly(1, 4, 2, 5, 3, 6);
        assertThat(on(MATRIX, (g, x) -> g.slice(x, 1, 1, 3))).containsExactly(2, 3, 5, 6);
        assertThat(on(MATRIX, (g, x) -> g.slice(x, 1, 0, 3, 2))).containsExactly(1, 3, 4, 6);
        assertThat(on(MATRIX, (g, x) -> g.concat(1, x, g.slice(x, 1, 0, 1)))).containsExactly(1, 2, 3, 1, 4, 5, 6, 4);
        assertThat(on(MATRIX, (g, x) -> g.concat(0, g.slice(x, 0, 1, 2), x)))
                .containsExactly(4, 5, 6, 1, 2, 3, 4, 5, 6);
        assertThat(on(MATRIX, (g, x) -> g.broadcast(g.slice(x, 1, 0, 1), Shape.of(2, 2, 2))))
                .containsExactly(1, 1, 4, 4, 1, 1, 4, 4);
        assertThat(on(MATRIX, (g, x) -> g.apply(new Pad(List.of(1, 0), List.of(0, 2), -1), x)))
                .containsExactly(-1, -1, -1, -1, -1, 1, 2, 3, -1, -1, 4, 5, 6, -1, -1);
    }

    @Test
    void rowsByIndex() {
        HostTensor indices = HostTensor.of(new int[] {1, 0, 1}, 3);
        assertThat(on(indices, (g, i) -> g.gather(g.constant(f32(2, 2), 1, 2, 3, 4), i)))
                .containsExactly(3, 4, 1, 2, 3, 4);
        assertThat(on(indices, (g, i) -> g.scatterAdd(i, g.constant(f32(3, 2), 1, 2, 3, 4, 5, 6), 3)))
                .containsExactly(3, 4, 6, 8, 0, 0);
    }

    @Test
    void windows() {
        HostTensor image = HostTensor.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 1, 1, 3, 3);
        Window w = new Window(2, 2, 1, 1, 1, 1);
        assertThat(on(image, (g, x) -> g.apply(new Unfold(w), x)))
                .containsExactly(1, 2, 4, 5, 2, 3, 5, 6, 4, 5, 7, 8, 5, 6, 8, 9);
        assertThat(on(image, (g, x) -> g.apply(new Fold(w, 3, 3), g.apply(new Unfold(w), x))))
                .containsExactly(1, 4, 3, 8, 20, 12, 7, 16, 9);
        assertThat(on(image, (g, x) -> g.apply(new Unfold(new Window(2, 1, 1, 2, 2, 1)), x)))
                .containsExactly(1, 3, 7, 9);
    }

    @Test
    void casts() {
        HostTensor x = HostTensor.of(new float[] {-1.7f, 2.5f, Float.NaN, 1e20f}, 4);
        assertThat(on(x, (g, v) -> g.cast(v, DType.I32))).containsExactly(-1, 2, 0, Integer.MAX_VALUE);
        assertThat(on(x, (g, v) -> g.cast(g.cast(v, DType.I64), DType.I32)))
                .containsExactly(-1, 2, 0, Integer.MAX_VALUE);
    }

    @Test
    void integersAreExactAndWrapAround() {
        TensorSpec i64 = new TensorSpec(DType.I64, Shape.of(2));
        Graph graph = Graph.build(g -> g.output("y", g.add(g.input("x", i64), 1)));
        HostTensor x = HostTensor.of(new long[] {(1L << 60) + 1, Long.MAX_VALUE}, 2);
        HostTensor y = GraphInterpreter.exact().evaluate(graph, Map.of("x", x)).output("y");
        assertThat(List.of(y.getLong(0), y.getLong(1))).containsExactly((1L << 60) + 2, Long.MIN_VALUE);

        HostTensor small = HostTensor.of(new int[] {Integer.MAX_VALUE, -7}, 2);
        assertThat(on(small, (g, v) -> g.add(v, 1))).containsExactly(Integer.MIN_VALUE, -6);
        assertThat(on(small, (g, v) -> g.mod(v, g.like(v, 4)))).containsExactly(3, 1);
    }

    @Test
    void everyFunctionOfIntegersAgreesWithItsMeaning() {
        for (ScalarFn fn : ScalarFn.values()) {
            if (fn.accepts(DType.I32)) {
                for (int a = -3; a <= 3; a++) {
                    int[] operands = {a, 2, 5};
                    double[] y =
                            evaluate(g -> g.apply(new Pointwise(fn), constants(g, fn.arity(), operands)), Map.of());
                    assertThat(y)
                            .as("%s(%d, 2, 5)", fn, a)
                            .containsExactly(fn.apply(a, 2, 5) + 0.0); // + 0: integers have no -0
                }
            }
        }
    }

    private static Value[] constants(GraphBuilder g, int count, int[] values) {
        Value[] result = new Value[count];
        for (int i = 0; i < count; i++) {
            result[i] = g.constant(i32(), values[i]);
        }
        return result;
    }

    @Test
    void exactKeepsDoublesAndRoundedRoundsEveryNode() {
        Graph graph = Graph.build(g -> {
            Value third = g.div(g.input("x", new TensorSpec(DType.BF16, Shape.SCALAR)), 3);
            g.output("y", g.mul(third, 3));
        });
        Map<String, HostTensor> one = Map.of("x", HostTensor.of(TensorSpec.f64(), 1.001));
        assertThat(GraphInterpreter.exact().evaluate(graph, one).output("y").scalar())
                .isEqualTo(1.001);
        HostTensor rounded = GraphInterpreter.rounded().evaluate(graph, one).output("y");
        assertThat(rounded.spec().dtype()).isEqualTo(DType.BF16);
        // bf16(1.001) = 1, bf16(1/3) = 0.333984375, three times that is 1.001953125, which rounds to 1.
        assertThat(rounded.scalar()).isEqualTo(1);
    }

    @Test
    void updatesTakeEffectTogether() {
        Graph graph = Graph.build(g -> {
            Value a = g.state("a", f32());
            Value b = g.parameter("b", f32());
            g.update(a, b);
            g.update(b, a);
        });
        var result = GraphInterpreter.exact()
                .evaluate(graph, Map.of("a", HostTensor.of(f32(), 1), "b", HostTensor.of(f32(), 2)));
        assertThat(result.updates().get("a").scalar()).isEqualTo(2);
        assertThat(result.updates().get("b").scalar()).isEqualTo(1);
    }

    @Test
    void evaluateAllKeepsEveryValue() {
        Graph graph = Graph.build(g -> g.output("y", g.exp(g.neg(g.input("x", f32())))));
        Map<Value, HostTensor> all = GraphInterpreter.exact().evaluateAll(graph, Map.of("x", HostTensor.of(f32(), 2)));
        assertThat(graph.nodes()).allSatisfy(node -> assertThat(all).containsKey(node.out(0)));
        assertThat(all.get(graph.nodes().get(1).out(0)).scalar()).isEqualTo(-2);
    }

    @Test
    void aWrongIndexIsNamed() {
        Graph graph = Graph.build(g -> g.output("y", g.embedding(g.input("table", f32(3, 2)), g.input("i", i32(2)))));
        Map<String, HostTensor> inputs =
                Map.of("table", HostTensor.zeros(f32(3, 2)), "i", HostTensor.of(new int[] {0, 3}, 2));
        assertThatThrownBy(() -> GraphInterpreter.exact().evaluate(graph, inputs))
                .isInstanceOf(EvaluationException.class)
                .hasMessageStartingWith("gather: index 3 (element 1 of i32[2]) is outside of the 3 rows of [3,2] — in "
                        + "%2 = gather(%0, %1) : f32[2,2]  # GraphInterpreterTest.java:");
    }

    @Test
    void wrongInputsAreNamed() {
        Graph graph = Graph.build(g -> g.output("y", g.neg(g.input("x", f32(3)))));
        assertThatThrownBy(() -> GraphInterpreter.exact().evaluate(graph, Map.of("z", MATRIX)))
                .hasMessageStartingWith("input \"x\" f32[3] is missing; given are [z]");
        assertThatThrownBy(() -> GraphInterpreter.exact().evaluate(graph, Map.of("x", MATRIX)))
                .hasMessageStartingWith("input \"x\" must be f32[3], not f32[2,3]");
        assertThatThrownBy(() ->
                        GraphInterpreter.exact().evaluate(graph, Map.of("x", HostTensor.of(new int[] {1, 2, 3}, 3))))
                .hasMessageStartingWith("input \"x\" must be f32[3], not i32[3]");
    }

    @FunctionalInterface
    private interface Body {
        Value apply(GraphBuilder g, Value x);
    }

    private static double[] on(HostTensor x, Body body) {
        return evaluate(g -> body.apply(g, g.input("x", x.spec())), Map.of("x", x));
    }

    private static double[] evaluate(Function<GraphBuilder, Value> body, Map<String, HostTensor> inputs) {
        Graph graph = Graph.build(g -> g.output("y", body.apply(g))).verify();
        return GraphInterpreter.exact().evaluate(graph, inputs).output("y").doubles();
    }
}
