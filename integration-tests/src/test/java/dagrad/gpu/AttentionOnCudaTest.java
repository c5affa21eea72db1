package dagrad.gpu;

import static dagrad.gpu.OnCuda.random;
import static dagrad.gpu.OnCuda.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dagrad.graph.Attention;
import dagrad.graph.AttentionGrad;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Attention and its gradient in tiles, in f32 and on tensor cores, against their expansions.
class AttentionOnCudaTest {
    @RegisterExtension
    static final OnCuda CUDA = new OnCuda();

    /// In f32 sums of a few hundred terms. In bf16 the weights and their gradients have 8 bits, and the kernel rounds
    /// them when it knows the largest score of a few tiles, the expansion when it knows all: two units in the last
    /// place of the largest.
    private static double tolerance(DType type) {
        return type == DType.F32 ? 4e-6 : 0x1p-6;
    }

    @ParameterizedTest
    @CsvSource({
        // type, batch, t, s, d, e, causal, masked
        "F32, 1, 1, 1, 1, 1, false, false",
        "F32, 3, 5, 7, 4, 3, false, false",
        "F32, 2, 33, 31, 8, 65, true, false",
        "F32, 1, 64, 128, 33, 32, false, true",
        "F32, 1, 65, 63, 100, 128, true, true",
        "F32, 1, 70, 130, 16, 16, true, false",
        "F32, 1, 20, 20, 256, 200, false, false",
        "BF16, 1, 1, 1, 1, 1, false, false",
        "BF16, 3, 5, 7, 4, 3, false, false",
        "BF16, 2, 33, 31, 8, 65, true, false",
        "BF16, 1, 64, 128, 33, 32, false, true",
        "BF16, 1, 65, 63, 100, 128, true, true",
        "BF16, 1, 130, 200, 64, 64, true, false",
        "BF16, 1, 129, 64, 96, 80, false, false",
        "BF16, 1, 70, 40, 128, 128, true, false",
        "BF16, 1, 20, 20, 256, 200, false, false",
    })
    void agreesWithItsExpansion(DType type, int batch, int t, int s, int d, int e, boolean causal, boolean masked) {
        Map<String, HostTensor> inputs = inputs(type, batch, t, s, d, e, masked);
        CUDA.check(graph(inputs, new Attention(1 / Math.sqrt(d), causal, masked)), inputs, tolerance(type));
    }

    private static Map<String, HostTensor> inputs(DType type, int batch, int t, int s, int d, int e, boolean masked) {
        Map<String, HostTensor> inputs = new HashMap<>();
        inputs.put("q", random(spec(type, batch, t, d), 1));
        inputs.put("k", random(spec(type, batch, s, d), 2));
        inputs.put("v", random(spec(type, batch, s, e), 3));
        inputs.put("do", random(spec(type, batch, t, e), 4));
        if (masked) {
            inputs.put("mask", random(spec(type, batch, t, s), 5));
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

    /// As a transformer has them: parts of one product, and heads moved before positions. Rows of 24 elements can be
    /// copied 16 bytes at a time in both types, those of 20 not.
    @ParameterizedTest
    @CsvSource({"F32, 24", "F32, 20", "BF16, 24", "BF16, 20"})
    void readsHeadsWhereTheyLie(DType type, int d) {
        TensorSpec whole = spec(type, 2, 70, 3 * 2 * d);
        TensorSpec outGrads = spec(type, 2, 70, 2 * d);
        Map<String, HostTensor> inputs = Map.of("qkv", random(whole, 1), "do", random(outGrads, 2));
        Graph graph = Graph.build(g -> {
            List<Value> in = new ArrayList<>();
            for (Value part : g.split(g.input("qkv", whole), -1, 3)) {
                in.add(heads(g, part, d));
            }
            results(g, in, heads(g, g.input("do", outGrads), d), new Attention(0.2, true, false));
        });
        CUDA.check(graph, inputs, tolerance(type));
    }

    private static Value heads(GraphBuilder g, Value x, int d) {
        return g.permute(g.reshape(x, 2, 70, 2, d), 0, 2, 1, 3);
    }

    /// Operands whose rows or matrices are one and the same, and leading axes that are no two.
    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16"})
    void readsRepeatedRows(DType type) {
        Map<String, HostTensor> inputs = Map.of(
                "q", random(spec(type, 2, 1, 2, 9, 4), 1),
                "k", random(spec(type, 3, 11, 4), 2),
                "v", random(spec(type, 3, 1, 4), 3),
                "mask", random(spec(type, 9, 11), 4),
                "do", random(spec(type, 2, 3, 2, 9, 4), 5));
        Graph graph = Graph.build(g -> {
            List<Value> in = new ArrayList<>();
            in.add(g.broadcast(input(g, inputs, "q"), spec(type, 2, 3, 2, 9, 4).shape()));
            in.add(repeated(g, input(g, inputs, "k"), 2, 3, 2, 11, 4));
            in.add(repeated(g, input(g, inputs, "v"), 2, 3, 2, 11, 4));
            in.add(g.broadcast(
                    g.reshape(input(g, inputs, "mask"), 1, 1, 1, 9, 11),
                    spec(type, 2, 3, 2, 9, 11).shape()));
            results(g, in, input(g, inputs, "do"), new Attention(0.5, false, true));
        });
        CUDA.check(graph, inputs, tolerance(type));
    }

    private static Value input(GraphBuilder g, Map<String, HostTensor> inputs, String name) {
        return g.input(name, inputs.get(name).spec());
    }

    /// [b, s, d] → [a, b, c, s, d]
    private static Value repeated(GraphBuilder g, Value x, int... dims) {
        int rows = g.spec(x).shape().dim(1);
        return g.broadcast(
                g.reshape(x, 1, dims[1], 1, rows, dims[4]), TensorSpec.f32(dims).shape());
    }

    /// Scores whose powers no float holds; they are exact, as nothing would be left of their differences otherwise.
    @ParameterizedTest
    @CsvSource({"F32, 30", "F32, -30", "F32, 1000", "F32, -1000", "BF16, 30", "BF16, -30"})
    void scoresFarFromZero(DType type, float factor) {
        Map<String, HostTensor> inputs = inputs(type, 2, 20, 30, 4, 4, false);
        for (String name : List.of("q", "k")) {
            HostTensor x = inputs.get(name);
            for (int i = 0; i < x.size(); i++) {
                x.set(i, (name.equals("q") ? factor : 1) * Math.rint(4 + x.get(i)) / 4);
            }
        }
        // The logarithm of the sum is as large as the scores: of some thousands, the expansion's weights have errors of
        // 3e-4.
        double tolerance = type == DType.BF16 ? tolerance(type) : Math.abs(factor) > 100 ? 2e-3 : 2e-5;
        CUDA.check(graph(inputs, new Attention(1, true, false)), inputs, tolerance);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16"})
    void scaleBelowZero(DType type) {
        Map<String, HostTensor> inputs = inputs(type, 1, 70, 70, 8, 8, false);
        CUDA.check(graph(inputs, new Attention(-0.5, true, false)), inputs, tolerance(type));
    }

    /// Columns that a mask hides have no weight, and in a row of which it hides all, or all that is not later anyway,
    /// all scores are equal.
    @ParameterizedTest
    @CsvSource({"F32, false", "F32, true", "BF16, false", "BF16, true"})
    void hiddenByAMask(DType type, boolean causal) {
        Map<String, HostTensor> inputs = inputs(type, 1, 70, 80, 4, 4, true);
        HostTensor mask = inputs.get("mask");
        for (int i = 0; i < mask.size(); i++) {
            boolean hidden = i % 80 >= 3 || i / 80 == 5;
            mask.set(i, !hidden ? 0 : i % 2 == 0 && i / 80 != 5 ? Double.NEGATIVE_INFINITY : -1e30);
        }
        Graph graph = graph(inputs, new Attention(1, false, true));
        HostTensor dV = CUDA.run(graph, inputs).get("d2");
        assertThat(dV.get(79 * 4)).as("a value that only row 5 sees").isNotZero();
        CUDA.check(graph(inputs, new Attention(1, causal, true)), inputs, 4 * tolerance(type));
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16"})
    void notANumberStaysOne(DType type) {
        Map<String, HostTensor> inputs = inputs(type, 1, 3, 4, 2, 2, false);
        inputs.get("q").set(2, Double.NaN);
        HostTensor o =
                CUDA.run(graph(inputs, new Attention(1, false, false)), inputs).get("o");
        assertThat(o.get(2)).isNaN();
        assertThat(o.get(0)).isFinite();
    }

    /// No queries: keys and values have gradients, which are zero.
    @Test
    void noQueries() {
        Map<String, HostTensor> inputs = inputs(DType.F32, 2, 0, 3, 2, 2, false);
        CUDA.check(graph(inputs, new Attention(1, false, false)), inputs, 0);
    }
}
