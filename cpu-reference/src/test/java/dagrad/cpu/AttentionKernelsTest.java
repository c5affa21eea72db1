package dagrad.cpu;

import static dagrad.cpu.KernelCheck.check;
import static dagrad.cpu.KernelCheck.random;
import static dagrad.tensor.TensorSpec.f32;
import static org.assertj.core.api.Assertions.assertThat;

import dagrad.graph.Attention;
import dagrad.graph.AttentionGrad;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Attention and its gradient against their expansions.
class AttentionKernelsTest {
    private static final double TOLERANCE = 4e-6;

    @ParameterizedTest
    @CsvSource({
        // batch, t, s, d, e, causal, masked
        "1, 1, 1, 1, 1, false, false",
        "3, 5, 7, 4, 3, false, false",
        "2, 7, 5, 8, 8, true, false",
        "2, 5, 9, 3, 2, true, true",
        "1, 130, 130, 16, 16, true, false",
        "17, 70, 65, 5, 6, false, true",
        "20, 33, 33, 8, 4, true, true",
        "2, 40, 2100, 2, 2, false, false",
    })
    void agreesWithItsExpansion(int batch, int t, int s, int d, int e, boolean causal, boolean masked) {
        Map<String, HostTensor> inputs = inputs(batch, t, s, d, e, masked);
        check(graph(inputs, new Attention(0.4, causal, masked)), inputs, TOLERANCE);
    }

    private static Map<String, HostTensor> inputs(int batch, int t, int s, int d, int e, boolean masked) {
        Map<String, HostTensor> inputs = new HashMap<>();
        inputs.put("q", random(f32(batch, t, d), 1));
        inputs.put("k", random(f32(batch, s, d), 2));
        inputs.put("v", random(f32(batch, s, e), 3));
        inputs.put("do", random(f32(batch, t, e), 4));
        if (masked) {
            inputs.put("mask", random(f32(batch, t, s), 5));
        }
        return inputs;
    }

    /// Results and gradients, the latter by the operation that the gradient rule emits.
    private static Graph graph(Map<String, HostTensor> inputs, Attention op) {
        return Graph.build(g -> {
            List<Value> in = new ArrayList<>();
            for (String name : op.masked() ? List.of("q", "k", "v", "mask") : List.of("q", "k", "v")) {
                in.add(g.input(name, inputs.get(name).spec()));
            }
            results(g, in, g.input("do", inputs.get("do").spec()), op);
        });
    }

    private static void results(GraphBuilder g, List<Value> in, Value dO, Attention op) {
        List<Value> out = g.applyAll(op, in);
        g.output("o", out.get(0));
        g.output("l", out.get(1));
        List<Value> operands = new ArrayList<>(in);
        operands.addAll(List.of(out.get(0), out.get(1), dO));
        List<Value> gradients = g.applyAll(new AttentionGrad(op.scale(), op.causal(), op.masked()), operands);
        for (int i = 0; i < gradients.size(); i++) {
            g.output("d" + i, gradients.get(i));
        }
    }

    /// As a transformer has them: slices of one product, and heads moved before positions.
    @Test
    void readsHeadsWhereTheyLie() {
        TensorSpec whole = f32(2, 37, 3 * 4 * 8);
        Map<String, HostTensor> inputs = Map.of("qkv", random(whole, 1), "do", random(f32(2, 37, 32), 2));
        Graph graph = Graph.build(g -> {
            Value qkv = g.input("qkv", whole);
            List<Value> in = new ArrayList<>();
            for (Value part : g.split(qkv, -1, 3)) {
                in.add(heads(g, part));
            }
            results(g, in, heads(g, g.input("do", f32(2, 37, 32))), new Attention(0.3, true, false));
        });
        check(graph, inputs, TOLERANCE);
    }

    private static Value heads(GraphBuilder g, Value x) {
        return g.permute(g.reshape(x, 2, 37, 4, 8), 0, 2, 1, 3);
    }

    /// Operands whose rows or matrices are one and the same.
    @Test
    void readsRepeatedRows() {
        Map<String, HostTensor> inputs = Map.of(
                "q", random(f32(9, 4), 1),
                "k", random(f32(3, 11, 4), 2),
                "v", random(f32(3, 1, 4), 3),
                "mask", random(f32(9, 11), 4),
                "do", random(f32(3, 9, 4), 5));
        Graph graph = Graph.build(g -> {
            Value q = g.broadcast(g.input("q", f32(9, 4)), f32(3, 9, 4).shape());
            Value k = g.input("k", f32(3, 11, 4));
            Value v = g.broadcast(g.input("v", f32(3, 1, 4)), f32(3, 11, 4).shape());
            Value mask = g.broadcast(g.input("mask", f32(9, 11)), f32(3, 9, 11).shape());
            results(g, List.of(q, k, v, mask), g.input("do", f32(3, 9, 4)), new Attention(0.5, false, true));
        });
        check(graph, inputs, TOLERANCE);
    }

    /// Scores whose powers no float holds.
    @ParameterizedTest
    @CsvSource({"30", "-30", "1000", "-1000"})
    void scoresFarFromZero(float factor) {
        Map<String, HostTensor> inputs = inputs(2, 20, 30, 4, 4, false);
        for (String name : List.of("q", "k")) {
            HostTensor x = inputs.get(name);
            for (int i = 0; i < x.size(); i++) {
                x.set(i, (name.equals("q") ? factor : 1) * (10 + x.get(i)) / 10);
            }
        }
        // Scores of some thousands have seven digits: what is left for their differences is 1e-3.
        double tolerance = Math.abs(factor) > 100 ? 2e-3 : 2e-5;
        check(graph(inputs, new Attention(1, true, false)), inputs, tolerance);
    }

    @Test
    void maskedOutColumnsHaveNoWeight() {
        Map<String, HostTensor> inputs = inputs(1, 6, 10, 4, 4, true);
        HostTensor mask = inputs.get("mask");
        for (int i = 0; i < mask.size(); i++) {
            mask.set(i, i % 10 < 3 ? 0 : i % 2 == 0 ? Double.NEGATIVE_INFINITY : -1e30);
        }
        Graph graph = graph(inputs, new Attention(1, false, true));
        check(graph, inputs, TOLERANCE);
        HostTensor dV = Parity.run(graph, inputs, 1).get("d2");
        for (int i = 3 * 4; i < dV.size(); i++) {
            assertThat(dV.get(i)).isZero();
        }
    }

    @Test
    void notANumberStaysOne() {
        Map<String, HostTensor> inputs = inputs(1, 3, 4, 2, 2, false);
        inputs.get("q").set(2, Double.NaN);
        HostTensor o = Parity.run(graph(inputs, new Attention(1, false, false)), inputs, 1)
                .get("o");
        assertThat(o.floats()[2]).isNaN();
        assertThat(o.floats()[0]).isFinite();
    }
}
