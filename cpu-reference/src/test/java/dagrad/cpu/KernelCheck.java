package dagrad.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.backend.Backend;
import dagrad.graph.Graph;
import dagrad.plan.Launch;
import dagrad.reference.GraphInterpreter;
import dagrad.schedule.Scheduler;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.Map;
import java.util.Random;

/// Compares graphs whose plans are kernels of single operations and nothing else with the reference.
final class KernelCheck {
    private KernelCheck() {}

    /// Runs on 1, 2 and 3 threads, which must agree bit for bit, and compares with the reference: each difference at
    /// most `tolerance` times the largest value of the output, or of the inputs (about 1) if that is larger: where
    /// large terms cancel, their rounding errors stay.
    static void check(Graph graph, Map<String, HostTensor> inputs, double tolerance) {
        try (Backend backend = new CpuBackend(1)) {
            assertThat(Scheduler.plan(graph, backend.capabilities()).launches())
                    .allMatch(launch -> launch instanceof Launch.Kernel);
        }
        Map<String, HostTensor> actual = Parity.run(graph, inputs, 1);
        Parity.assertSameBits(actual, Parity.run(graph, inputs, 2), "with 2 threads");
        Parity.assertSameBits(actual, Parity.run(graph, inputs, 3), "with 3 threads");
        GraphInterpreter.exact()
                .evaluate(graph, inputs)
                .outputs()
                .forEach((name, expected) -> compare(name, actual.get(name), expected, tolerance));
    }

    private static void compare(String name, HostTensor actual, HostTensor expected, double tolerance) {
        double largest = tolerance == 0 ? 0 : 1;
        for (long i = 0; i < expected.size(); i++) {
            largest = Double.isFinite(expected.get(i)) ? Math.max(largest, Math.abs(expected.get(i))) : largest;
        }
        for (long i = 0; i < expected.size(); i++) {
            double e = expected.get(i);
            double a = actual.get(i);
            boolean same = Double.compare(a, e) == 0 || Math.abs(a - e) <= tolerance * largest;
            assertThat(same)
                    .as("%s[%d] of %s: reference %s, kernel %s", name, i, actual.spec(), e, a)
                    .isTrue();
        }
    }

    /// Standard normal numbers, or integers of 20 bits.
    static HostTensor random(TensorSpec spec, int seed) {
        return random(spec, seed, 1 << 20);
    }

    /// Standard normal numbers, or integers below a bound.
    static HostTensor random(TensorSpec spec, int seed, int bound) {
        Random random = new Random(seed);
        HostTensor result = HostTensor.zeros(spec);
        for (long i = 0; i < result.size(); i++) {
            result.set(i, spec.dtype().isFloating() ? random.nextGaussian() : random.nextInt(bound));
        }
        return result;
    }

    static TensorSpec spec(DType dtype, int... dims) {
        return TensorSpec.f32(dims).withDtype(dtype);
    }
}
