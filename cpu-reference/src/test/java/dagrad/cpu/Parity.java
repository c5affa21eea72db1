package dagrad.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.backend.Backend;
import dagrad.backend.Executable;
import dagrad.graph.Graph;
import dagrad.plan.Plan;
import dagrad.reference.GraphInterpreter;
import dagrad.schedule.Scheduler;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/// Runs a graph on the CPU, with one thread, two and three, and compares it with the reference.
final class Parity {
    private Parity() {}

    /// Inputs with normally distributed numbers; integers lie in 0..9.
    static Map<String, HostTensor> inputs(Graph graph, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Map<String, HostTensor> result = new LinkedHashMap<>();
        graph.inputs().forEach((label, value) -> {
            TensorSpec spec = graph.spec(value);
            HostTensor tensor = HostTensor.zeros(spec);
            for (long i = 0; i < tensor.size(); i++) {
                tensor.set(i, spec.dtype().isFloating() ? random.nextGaussian() : random.nextInt(10));
            }
            result.put(label, tensor);
        });
        return result;
    }

    /// Checks outputs and updates to a tolerance relative to the largest number of each tensor; all numbers of
    /// threads must give the same bits.
    static void check(Graph graph, Map<String, HostTensor> inputs, double tolerance) {
        Map<String, HostTensor> first = run(graph, inputs, 1);
        assertRight(graph, inputs, first, tolerance);
        for (int threads = 2; threads <= 3; threads++) {
            assertSameBits(first, run(graph, inputs, threads), "with " + threads + " threads");
        }
    }

    /// Checks what a run gave against the reference.
    static void assertRight(
            Graph graph, Map<String, HostTensor> inputs, Map<String, HostTensor> actual, double tolerance) {
        GraphInterpreter.Result expected = GraphInterpreter.rounded().evaluate(graph, inputs);
        expected.outputs().forEach((name, tensor) -> assertClose(name, tensor, actual.get(name), tolerance));
        expected.updates().forEach((name, tensor) -> assertClose(name, tensor, actual.get(name), tolerance));
    }

    static Map<String, HostTensor> run(Graph graph, Map<String, HostTensor> inputs, int threads) {
        return run(graph, inputs, () -> new CpuBackend(threads));
    }

    static Map<String, HostTensor> run(Graph graph, Map<String, HostTensor> inputs, Supplier<Backend> device) {
        try (Backend backend = device.get()) {
            return run(graph, inputs, backend);
        }
    }

    /// All outputs and inputs after two runs from the same inputs, which must agree.
    static Map<String, HostTensor> run(Graph graph, Map<String, HostTensor> inputs, Backend backend) {
        Plan plan = Scheduler.plan(graph, backend.capabilities());
        try (Executable executable = backend.load(plan)) {
            Map<String, HostTensor> once = runOnce(executable, inputs);
            Map<String, HostTensor> again = runOnce(executable, inputs);
            assertSameBits(once, again, "in a second run");
            return again;
        }
    }

    private static Map<String, HostTensor> runOnce(Executable executable, Map<String, HostTensor> inputs) {
        inputs.forEach(executable::write);
        executable.run();
        Map<String, HostTensor> result = new LinkedHashMap<>();
        executable.plan().inputs().keySet().forEach(name -> result.put(name, executable.read(name)));
        executable.plan().outputs().keySet().forEach(name -> result.put(name, executable.read(name)));
        return result;
    }

    static void assertSameBits(Map<String, HostTensor> a, Map<String, HostTensor> b, String when) {
        a.forEach(
                (name, tensor) -> assertThat(tensor.data().mismatch(b.get(name).data()))
                        .as("first byte of %s that differs %s", name, when)
                        .isEqualTo(-1));
    }

    static void assertClose(String name, HostTensor expected, HostTensor actual, double tolerance) {
        assertThat(actual.spec()).as(name).isEqualTo(expected.spec());
        double scale = 0;
        for (long i = 0; i < expected.size(); i++) {
            double e = Math.abs(expected.get(i));
            scale = e < Double.POSITIVE_INFINITY ? Math.max(scale, e) : scale;
        }
        double rounding = expected.spec().dtype() == DType.BF16 ? 4e-3 : 0;
        for (long i = 0; i < expected.size(); i++) {
            double e = expected.get(i);
            double a = actual.get(i);
            boolean same = Double.compare(e, a) == 0
                    || e == a
                    || Math.abs(e - a) <= (tolerance + rounding) * (Math.abs(e) + 0.01 * scale);
            assertThat(same)
                    .as("%s[%d] of %s: reference %s, cpu %s", name, i, expected.spec(), e, a)
                    .isTrue();
        }
    }
}
