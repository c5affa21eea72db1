package dagrad.cpu;

import static dagrad.cpu.KernelCheck.check;
import static dagrad.cpu.KernelCheck.random;
import static dagrad.tensor.TensorSpec.f32;
import static dagrad.tensor.TensorSpec.f64;
import static dagrad.tensor.TensorSpec.i32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.backend.DeviceException;
import dagrad.graph.AdamWStep;
import dagrad.graph.CrossEntropy;
import dagrad.graph.CrossEntropyGrad;
import dagrad.graph.Graph;
import dagrad.graph.Normalize;
import dagrad.graph.NormalizeGrad;
import dagrad.graph.Softmax;
import dagrad.graph.SoftmaxGrad;
import dagrad.graph.Value;
import dagrad.tensor.HostTensor;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The operations on rows against their expansions.
class RowKernelsTest {
    private static final double TOLERANCE = 2e-6;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 64, 257, 3000})
    void softmax(int width) {
        HostTensor x = random(f32(2, 19, width), 1);
        HostTensor dy = random(f32(2, 19, width), 2);
        Graph graph = Graph.build(g -> {
            Value y = g.apply(new Softmax(), g.input("x", x.spec()));
            g.output("y", y);
            g.output("log", g.logSoftmax(g.input("x", x.spec()), -1));
            g.output("dx", g.apply(new SoftmaxGrad(), y, g.input("dy", dy.spec())));
        });
        check(graph, Map.of("x", x, "dy", dy), TOLERANCE);
    }

    @Test
    void softmaxOfExtremes() {
        float most = Float.MAX_VALUE / 4;
        float infinite = Float.POSITIVE_INFINITY;
        HostTensor x = HostTensor.of(
                new float[] {
                    400, -400, 399, 0, -most, most, 0, most, 1, -infinite, 2, -infinite, 88, -104, 30, 31, -1e30f,
                    -1e30f, -1e30f, -1e30f, Float.NaN, 1, 2, 3, infinite, 1, 2, 3, -infinite, -infinite, -infinite,
                    -infinite
                },
                8,
                4);
        Graph graph = Graph.build(g -> g.output("y", g.softmax(g.input("x", x.spec()), -1)));
        check(graph, Map.of("x", x), 3e-6);
        HostTensor finite = HostTensor.of(Arrays.copyOf(x.floats(), 12), 3, 4);
        Graph log = Graph.build(g -> g.output("y", g.logSoftmax(g.input("x", finite.spec()), -1)));
        check(log, Map.of("x", finite), TOLERANCE);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 7, 64, 257, 3000})
    void normalize(int width) {
        HostTensor x = random(f32(3, 11, width), 1);
        HostTensor dy = random(f32(3, 11, width), 2);
        for (int i = 0; i < x.size(); i++) {
            x.set(i, 5 + 2 * x.get(i));
        }
        Graph graph = Graph.build(g -> {
            List<Value> out = g.applyAll(new Normalize(1e-5), List.of(g.input("x", x.spec())));
            g.output("y", out.get(0));
            g.output("mean", out.get(1));
            g.output("variance", out.get(2));
            g.output("dx", g.apply(new NormalizeGrad(1e-5), out.get(0), out.get(2), g.input("dy", dy.spec())));
        });
        // Rows of one element are nothing but rounding errors, divided by sqrt(eps).
        check(graph, Map.of("x", x, "dy", dy), width == 1 ? 1e-4 : 1e-5);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 256, 3000})
    void crossEntropy(int classes) {
        HostTensor x = random(f32(33, classes), 1);
        HostTensor dl = random(f32(33), 2);
        HostTensor targets = random(i32(33), 3, classes);
        targets.set(4, -100);
        targets.set(32, -100);
        check(lossAndGradient(classes), Map.of("x", x, "t", targets, "dl", dl), TOLERANCE);
    }

    private static Graph lossAndGradient(int classes) {
        return Graph.build(g -> {
            Value x = g.input("x", f32(33, classes));
            Value t = g.input("t", i32(33));
            List<Value> out = g.applyAll(new CrossEntropy(-100), List.of(x, t));
            g.output("loss", out.get(0));
            g.output("logsumexp", out.get(1));
            g.output("dx", g.apply(new CrossEntropyGrad(-100), x, t, out.get(1), g.input("dl", f32(33))));
        });
    }

    @Test
    void ignoredRowsHaveNoGradientWhateverTheyHold() {
        HostTensor x = random(f32(33, 3), 1);
        x.set(3, Double.NaN);
        HostTensor targets = HostTensor.of(i32(33), 1);
        targets.set(1, -100);
        Map<String, HostTensor> out =
                Parity.run(lossAndGradient(3), Map.of("x", x, "t", targets, "dl", HostTensor.of(f32(33), 1)), 2);
        assertThat(out.get("loss").get(1)).isZero();
        assertThat(out.get("loss").get(0)).isPositive();
        assertThat(out.get("dx").floats()).doesNotContain(Float.NaN);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 5, Integer.MIN_VALUE})
    void targetsOutOfRangeAreNamed(int target) {
        HostTensor targets = HostTensor.of(i32(33), 0);
        targets.set(7, target);
        Map<String, HostTensor> inputs =
                Map.of("x", random(f32(33, 5), 1), "t", targets, "dl", HostTensor.of(f32(33), 1));
        assertThatThrownBy(() -> Parity.run(lossAndGradient(5), inputs, 1))
                .isInstanceOf(DeviceException.class)
                .hasMessageStartingWith("cross_entropy ")
                .hasMessageEndingWith(": target " + target + " (row 7) is outside of 0..4; there are 5 classes");
    }

    /// For other types the expansion is computed.
    @Test
    void onlySinglePrecisionIsClaimed() {
        assertThat(Kernels.claims(new Softmax(), List.of(f64(3)))).isFalse();
        assertThat(Kernels.claims(new Softmax(), List.of(f32(3)))).isTrue();
        assertThat(Kernels.claims(new CrossEntropy(-1), List.of(f32(3, 4), i32(3))))
                .isTrue();
        assertThat(Kernels.claims(new AdamWStep(0.9, 0.999, 1e-8, 0), Collections.nCopies(7, f32())))
                .isFalse();
    }
}
