package dagrad.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Matrix products against the reference, by OpenBLAS and by plain Java.
class GemmStepTest {
    private static void check(Consumer<GraphBuilder> body) {
        Graph graph = Graph.build(body);
        Parity.check(graph, Parity.inputs(graph, 3), 1e-4);
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "1,31,33", "33,1,7", "16,32,16", "31,33,1025", "257,130,65", "300,40,90", "40,300,200"})
    void multipliesAllTranspositions(int m, int n, int k) {
        check(g -> {
            Value a = g.input("a", TensorSpec.f32(m, k));
            Value b = g.input("b", TensorSpec.f32(k, n));
            Value c = g.input("c", TensorSpec.f32(k, m));
            Value d = g.input("d", TensorSpec.f32(n, k));
            g.output("nn", g.matmul(a, b));
            g.output("tn", g.matmul(g.permute(c, 1, 0), b));
            g.output("nt", g.matmul(a, g.permute(d, 1, 0)));
            g.output("tt", g.matmul(g.permute(c, 1, 0), g.permute(d, 1, 0)));
        });
    }

    @Test
    void multipliesBatches() {
        check(g -> {
            Value a = g.input("a", TensorSpec.f32(2, 3, 5, 7));
            Value b = g.input("b", TensorSpec.f32(7, 4));
            Value c = g.input("c", TensorSpec.f32(3, 7, 5));
            g.output("shared", g.matmul(a, b));
            g.output("broadcast", g.matmul(a, c));
            g.output("left", g.matmul(g.permute(b, 1, 0), c));
            g.output("crossed", g.matmul(g.permute(a, 1, 0, 2, 3), g.permute(g.permute(a, 1, 0, 2, 3), 0, 1, 3, 2)));
        });
    }

    @Test
    void sumsOfNothingAreZero() {
        check(g -> {
            g.output("zeros", g.matmul(g.input("a", TensorSpec.f32(3, 0)), g.input("b", TensorSpec.f32(0, 4))));
            g.output("empty", g.matmul(g.input("c", TensorSpec.f32(0, 3)), g.input("d", TensorSpec.f32(3, 4))));
        });
    }

    /// What is in the result's memory before must not matter, even if it is no number.
    @Test
    void overwritesWhateverWasThere() {
        for (Blas blas : new Blas[] {OpenBlas.orJava(), new JavaGemm("Java GEMM")}) {
            float[] c = {Float.NaN, Float.POSITIVE_INFINITY};
            MemorySegment ones = MemorySegment.ofArray(new float[] {1, 2});
            blas.sgemm(false, false, 2, 1, 1, 1, ones, 1, ones, 1, 0, MemorySegment.ofArray(c), 1);
            assertThat(c).containsExactly(1, 2);
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "3,513,5", "31,33,129", "64,10,784", "2,1025,131"})
    void javaAgreesWithOpenBlas(int m, int n, int k) {
        SplittableRandom random = new SplittableRandom(1);
        for (int which = 0; which < 4; which++) {
            boolean transA = which % 2 == 1;
            boolean transB = which / 2 == 1;
            float[] a = numbers(random, m * k + 3);
            float[] b = numbers(random, k * n + 5);
            float[] java = numbers(random, m * n + 7);
            float[] open = java.clone();
            product(new JavaGemm("Java GEMM"), transA, transB, m, n, k, a, b, java);
            product(OpenBlas.orJava(), transA, transB, m, n, k, a, b, open);
            Parity.assertClose("product", HostTensor.of(open, open.length), HostTensor.of(java, java.length), 1e-4);
        }
    }

    private static float[] numbers(SplittableRandom random, int size) {
        float[] result = new float[size];
        for (int i = 0; i < size; i++) {
            result[i] = (float) random.nextGaussian();
        }
        return result;
    }

    private static void product(
            Blas blas, boolean transA, boolean transB, int m, int n, int k, float[] a, float[] b, float[] c) {
        blas.sgemm(
                transA,
                transB,
                m,
                n,
                k,
                0.5f,
                MemorySegment.ofArray(a).asSlice(3 * 4),
                transA ? m : k,
                MemorySegment.ofArray(b).asSlice(5 * 4),
                transB ? k : n,
                2,
                MemorySegment.ofArray(c).asSlice(7 * 4),
                n);
    }

    @Test
    void aWholeModelRunsWithoutANativeLibrary() {
        Graph graph = Graph.build(g -> {
            Value x = g.input("x", TensorSpec.f32(8, 16));
            Value h =
                    g.tanh(g.linear(x, g.parameter("w", TensorSpec.f32(32, 16)), g.parameter("b", TensorSpec.f32(32))));
            g.output("y", g.mean(h));
        });
        Map<String, HostTensor> inputs = Parity.inputs(graph, 5);
        Map<String, HostTensor> java = Parity.run(graph, inputs, () -> new CpuBackend(2, new JavaGemm("Java GEMM")));
        Map<String, HostTensor> open = Parity.run(graph, inputs, () -> new CpuBackend(2));
        Parity.assertClose("y", open.get("y"), java.get("y"), 1e-5);
    }
}
