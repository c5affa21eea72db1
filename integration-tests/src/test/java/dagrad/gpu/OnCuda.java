package dagrad.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dagrad.backend.Backend;
import dagrad.backend.BackendProvider;
import dagrad.backend.Backends;
import dagrad.backend.DeviceOptions;
import dagrad.backend.Executable;
import dagrad.cuda.code.KernelCalls;
import dagrad.graph.Composite;
import dagrad.graph.Graph;
import dagrad.graph.Op;
import dagrad.plan.Capabilities;
import dagrad.plan.Launch;
import dagrad.plan.Plan;
import dagrad.reference.GraphInterpreter;
import dagrad.schedule.Scheduler;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A CUDA device for the tests of one class, and comparison of what it computes with the reference.
final class OnCuda implements BeforeAllCallback, AfterAllCallback {
    private Optional<Backend> backend = Optional.empty();

    /// Skips the class if there is none.
    @Override
    public void beforeAll(ExtensionContext context) {
        assumeTrue(
                Backends.providers().stream()
                        .filter(provider -> provider.id().equals("cuda"))
                        .map(BackendProvider::unavailable)
                        .allMatch(Optional::isEmpty),
                "no CUDA device, and no emulator");
        backend = Optional.of(Backends.open("cuda", new DeviceOptions(1), line -> {}));
    }

    @Override
    public void afterAll(ExtensionContext context) {
        backend.ifPresent(Backend::close);
    }

    private Backend backend() {
        return backend.orElseThrow();
    }

    /// Compares all outputs of a graph whose plan is kernels of single operations and nothing else: each difference is
    /// at most `tolerance` times the largest value of the output, or 1 if that is larger: where large terms cancel,
    /// their rounding errors stay. Two runs must agree bit for bit.
    void check(Graph graph, Map<String, HostTensor> inputs, double tolerance) {
        check(graph, inputs, GraphInterpreter.rounded().evaluate(graph, inputs).outputs(), tolerance);
    }

    /// The same against given outputs.
    void check(Graph graph, Map<String, HostTensor> inputs, Map<String, HostTensor> expected, double tolerance) {
        check(Scheduler.plan(graph, backend().capabilities()), inputs, expected, tolerance);
    }

    /// The same with every kernel that there is, also where plans have something better.
    void checkKernels(Graph graph, Map<String, HostTensor> inputs, double tolerance) {
        Map<String, HostTensor> expected =
                GraphInterpreter.rounded().evaluate(graph, inputs).outputs();
        check(Scheduler.plan(graph, EveryKernel.INSTANCE), inputs, expected, tolerance);
    }

    private enum EveryKernel implements Capabilities {
        INSTANCE;

        @Override
        public boolean claims(Composite op, List<TensorSpec> in) {
            return KernelCalls.claims(op, in);
        }

        @Override
        public boolean strided(Op op, int operand) {
            return KernelCalls.strided(op, operand);
        }
    }

    private void check(Plan plan, Map<String, HostTensor> inputs, Map<String, HostTensor> expected, double tolerance) {
        assertThat(plan.launches()).allMatch(launch -> launch instanceof Launch.Kernel);
        Map<String, HostTensor> actual = run(backend(), plan, inputs);
        run(backend(), plan, inputs)
                .forEach((name, again) -> assertThat(
                                again.data().mismatch(actual.get(name).data()))
                        .as("first byte of %s that differs in a second run", name)
                        .isEqualTo(-1));
        expected.forEach((name, tensor) -> compare(name, tensor, actual.get(name), tolerance));
    }

    Map<String, HostTensor> run(Graph graph, Map<String, HostTensor> inputs) {
        return run(backend(), graph, inputs);
    }

    static Map<String, HostTensor> run(Backend backend, Graph graph, Map<String, HostTensor> inputs) {
        return run(backend, Scheduler.plan(graph, backend.capabilities()), inputs);
    }

    private static Map<String, HostTensor> run(Backend backend, Plan plan, Map<String, HostTensor> inputs) {
        Map<String, HostTensor> result = new LinkedHashMap<>();
        try (Executable executable = backend.load(plan)) {
            inputs.forEach(executable::write);
            executable.run();
            plan.outputs().keySet().forEach(name -> result.put(name, executable.read(name)));
        }
        return result;
    }

    private static void compare(String name, HostTensor expected, HostTensor actual, double tolerance) {
        double largest = 1;
        for (long i = 0; i < expected.size(); i++) {
            double size = Math.abs(expected.get(i));
            largest = size < Double.POSITIVE_INFINITY ? Math.max(largest, size) : largest;
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

    /// Standard normal numbers, rounded to the type.
    static HostTensor random(TensorSpec spec, int seed) {
        Random random = new Random(seed);
        HostTensor result = HostTensor.zeros(spec);
        for (long i = 0; i < result.size(); i++) {
            result.set(i, random.nextGaussian());
        }
        return result;
    }

    static TensorSpec spec(DType type, int... dims) {
        return TensorSpec.f32(dims).withDtype(type);
    }
}
