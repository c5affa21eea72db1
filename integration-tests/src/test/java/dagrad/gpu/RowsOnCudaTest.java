package dagrad.gpu;

import static dagrad.gpu.OnCuda.random;
import static dagrad.gpu.OnCuda.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dagrad.backend.DeviceException;
import dagrad.graph.CrossEntropy;
import dagrad.graph.CrossEntropyGrad;
import dagrad.graph.Graph;
import dagrad.graph.LogSoftmax;
import dagrad.graph.Normalize;
import dagrad.graph.NormalizeGrad;
import dagrad.graph.Softmax;
import dagrad.graph.SoftmaxGrad;
import dagrad.graph.Value;
import dagrad.reference.GraphInterpreter;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Softmax, cross entropy and normalisation by their kernels, against their expansions: rows of which several share a
/// warp, rows of a warp and of a block, at every distance from an address that packs can be loaded from.
class RowsOnCudaTest {
    @RegisterExtension
    static final OnCuda CUDA = new OnCuda();

    /// In bf16 one rounding of the result in the other direction.
    private static double tolerance(DType type) {
        return type == DType.F32 ? 2e-6 : 0x1p-8;
    }

    @ParameterizedTest
    @CsvSource({
        "F32, 9, 1", "F32, 70, 3", "F32, 33, 33", "F32, 9, 1024", "F32, 3, 1025", "F32, 2, 8197", "F32, 2, 50257",
        "BF16, 9, 1", "BF16, 70, 3", "BF16, 33, 33", "BF16, 9, 1024", "BF16, 3, 1025", "BF16, 2, 8197", "BF16, 2, 50257"
    })
    void softmax(DType type, int rows, int width) {
        TensorSpec spec = spec(type, rows, width);
        Graph graph = Graph.build(g -> {
            Value x = g.input("x", spec);
            Value y = g.apply(new Softmax(), x);
            g.output("y", y);
            g.output("log", g.apply(new LogSoftmax(), x));
            g.output("dx", g.apply(new SoftmaxGrad(), y, g.input("dy", spec)));
        });
        CUDA.checkKernels(graph, Map.of("x", random(spec, 1), "dy", random(spec, 2)), tolerance(type));
    }

    /// What -∞ hides has no weight, also where nothing else came before it.
    @ParameterizedTest
    @CsvSource({"F32, 70", "F32, 3000", "BF16, 70", "BF16, 3000"})
    void softmaxOfHiddenElements(DType type, int width) {
        HostTensor x = random(spec(type, 2, width), 1);
        for (int i = 0; i < 2 * width; i++) {
            if (i % width < width - 5) {
                x.set(i, Double.NEGATIVE_INFINITY);
            }
        }
        Graph graph = Graph.build(g -> g.output("y", g.apply(new Softmax(), g.input("x", x.spec()))));
        CUDA.checkKernels(graph, Map.of("x", x), tolerance(type));
    }

    @ParameterizedTest
    @CsvSource({
        "F32, 9, 1", "F32, 70, 10", "F32, 5, 1000", "F32, 3, 1025", "F32, 3, 50257",
        "BF16, 9, 1", "BF16, 70, 10", "BF16, 5, 1000", "BF16, 3, 1025", "BF16, 3, 50257"
    })
    void crossEntropy(DType type, int rows, int classes) {
        TensorSpec logits = spec(type, rows, classes);
        HostTensor targets = HostTensor.zeros(TensorSpec.i32(rows));
        for (int i = 0; i < rows; i++) {
            targets.set(i, i % 3 == 1 ? -100 : i * 7919 % classes);
        }
        HostTensor gradients = random(TensorSpec.f32(rows), 2);
        Graph graph = crossEntropy(logits);
        CUDA.checkKernels(graph, Map.of("x", random(logits, 1), "target", targets, "dl", gradients), tolerance(type));
    }

    private static Graph crossEntropy(TensorSpec logits) {
        int rows = logits.shape().dim(0);
        return Graph.build(g -> {
            Value x = g.input("x", logits);
            Value target = g.input("target", TensorSpec.i32(rows));
            List<Value> out = g.applyAll(new CrossEntropy(-100), List.of(x, target));
            g.output("loss", out.get(0));
            g.output("log sum", out.get(1));
            Value dl = g.input("dl", TensorSpec.f32(rows));
            g.output("dx", g.apply(new CrossEntropyGrad(-100), x, target, out.get(1), dl));
        });
    }

    @Test
    void aTargetThatIsNoClassIsAnError() {
        TensorSpec logits = TensorSpec.f32(3, 5);
        Map<String, HostTensor> inputs = Map.of(
                "x", random(logits, 1),
                "target", HostTensor.of(new int[] {4, 5, 0}, 3),
                "dl", random(TensorSpec.f32(3), 2));
        Graph graph = crossEntropy(logits);
        assertThatThrownBy(() -> CUDA.run(graph, inputs))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("cross_entropy")
                .hasMessageContaining("5");
    }

    /// Far from zero, as far as the type tells neighbours apart: a variance that were the difference of two sums of
    /// squares would be lost.
    @ParameterizedTest
    @CsvSource({
        "F32, 9, 1, 0",
        "F32, 70, 3, 0",
        "F32, 33, 33, 100",
        "F32, 9, 1024, 100",
        "F32, 3, 1025, 100",
        "F32, 2, 20001, 100",
        "BF16, 9, 1, 0",
        "BF16, 70, 3, 0",
        "BF16, 33, 33, 2",
        "BF16, 9, 1024, 2",
        "BF16, 3, 1025, 2",
        "BF16, 2, 20001, 2"
    })
    void normalize(DType type, int rows, int width, double distance) {
        TensorSpec spec = spec(type, rows, width);
        HostTensor x = random(spec, 1);
        for (long i = 0; i < x.size(); i++) {
            x.set(i, x.get(i) + distance);
        }
        Graph graph = Graph.build(g -> {
            List<Value> out = g.applyAll(new Normalize(1e-5), List.of(g.input("x", spec)));
            g.output("y", out.get(0));
            g.output("mean", out.get(1));
            g.output("variance", out.get(2));
            g.output("dx", g.apply(new NormalizeGrad(1e-5), out.get(0), out.get(2), g.input("dy", spec)));
        });
        // Elements 100 from zero are rounded to 4e-6 of their deviation.
        double rounding = type == DType.F32 ? distance * 0x1p-23 : 0;
        // In rows of one element gradients are what is left of dy - dy, times 1/sqrt(epsilon).
        double scale = width == 1 ? 300 : 1;
        CUDA.checkKernels(graph, Map.of("x", x, "dy", random(spec, 2)), scale * (tolerance(type) + 2 * rounding));
    }

    /// One number for each row is read by all who share the row, in several blocks if it is long, and a new one
    /// written.
    @ParameterizedTest
    @CsvSource({"2, 3", "33, 5", "4, 300"})
    void aNewNumberForEachRow(int rows, int width) {
        TensorSpec x = TensorSpec.f32(rows, 3);
        TensorSpec w = TensorSpec.f32(3, 1);
        TensorSpec b = TensorSpec.f32(width);
        Graph graph = Graph.build(g -> {
            Value row = g.mul(g.matmul(g.input("x", x), g.input("w", w)), 0.25);
            g.output("row", row);
            g.output("columns", g.sum(g.square(g.add(row, g.input("b", b))), 0));
        });
        agreesOnCuda(graph, Map.of("x", random(x, 1), "w", random(w, 2), "b", random(b, 3)));
    }

    @Test
    void sumsOfNothingThatIsRead() {
        Graph graph = Graph.build(g -> g.output("sums", g.tanh(g.sum(g.constant(TensorSpec.f32(2, 3), 0.25), 1))));
        agreesOnCuda(graph, Map.of());
    }

    private static void agreesOnCuda(Graph graph, Map<String, HostTensor> inputs) {
        Map<String, HostTensor> expected =
                GraphInterpreter.rounded().evaluate(graph, inputs).outputs();
        CUDA.run(graph, inputs).forEach((name, tensor) -> {
            for (long i = 0; i < tensor.size(); i++) {
                assertThat(tensor.get(i))
                        .as("%s[%d]", name, i)
                        .isCloseTo(expected.get(name).get(i), within(1e-4));
            }
        });
    }

    @Test
    void noRowsAreNoWork() {
        TensorSpec spec = TensorSpec.f32(0, 7);
        Graph graph = Graph.build(g -> g.output("y", g.apply(new Softmax(), g.input("x", spec))));
        assertThat(CUDA.run(graph, Map.of("x", HostTensor.zeros(spec))).get("y").size())
                .isZero();
    }
}
