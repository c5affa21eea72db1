package dagrad.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.backend.Backend;
import dagrad.backend.BackendProvider;
import dagrad.backend.Backends;
import dagrad.backend.DeviceOptions;
import dagrad.backend.Executable;
import dagrad.graph.Graph;
import dagrad.plan.Plan;
import dagrad.reference.GraphInterpreter;
import dagrad.schedule.Scheduler;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The matrix on every device of this machine: operations and their gradients in f32, against the oracle that rounds
/// at every node. A backend on the class path is found by itself.
class DeviceMatrixTest {
    private static final Map<String, Backend> OPEN = new LinkedHashMap<>();

    /// The devices that can be used here. The oracle is what they are compared with, so it is none of them.
    private static Stream<String> devices() {
        return Backends.providers().stream()
                .filter(provider -> provider.unavailable().isEmpty())
                .map(BackendProvider::id)
                .filter(id -> !id.equals("reference"));
    }

    static Stream<Arguments> samples() {
        return devices().flatMap(id -> OpSamples.samples().map(sample -> Arguments.of(id, sample)));
    }

    static Stream<Arguments> kinks() {
        return devices().flatMap(id -> Kink.all().stream().map(kink -> Arguments.of(id, kink)));
    }

    @AfterAll
    static void close() {
        OPEN.values().forEach(Backend::close);
        OPEN.clear();
    }

    private static Backend open(String id) {
        return OPEN.computeIfAbsent(id, name -> Backends.open(name, new DeviceOptions(2), line -> {}));
    }

    /// The results are the oracle's.
    @ParameterizedTest
    @MethodSource("samples")
    void forward(String device, Sample sample) {
        agrees(device, sample.graph(DType.F32), sample.inputs(DType.F32));
    }

    /// The gradients are, too.
    @ParameterizedTest
    @MethodSource("samples")
    void gradient(String device, Sample sample) {
        agrees(device, sample.withGradients(DType.F32), sample.inputsWithSeeds(DType.F32));
    }

    /// At kinks the gradients are exactly what was agreed on.
    @ParameterizedTest
    @MethodSource("kinks")
    void kink(String device, Kink kink) {
        Map<String, HostTensor> outputs = run(device, kink.graph(DType.F32), kink.inputs(DType.F32));
        for (int i = 0; i < kink.operands().size(); i++) {
            assertThat(outputs.get("gradient/in" + i).doubles())
                    .as("gradient of operand %d", i)
                    .containsExactly(kink.gradients().get(i));
        }
    }

    private static void agrees(String device, Graph graph, Map<String, HostTensor> inputs) {
        Map<String, HostTensor> actual = run(device, graph, inputs);
        Map<String, HostTensor> expected =
                GraphInterpreter.rounded().evaluate(graph, inputs).outputs();
        long terms = Tolerance.longestSum(graph);
        expected.forEach((name, tensor) -> assertThat(
                        Tolerance.of(tensor.spec().dtype(), terms).mismatch(name, tensor, actual.get(name)))
                .isEmpty());
    }

    private static Map<String, HostTensor> run(String device, Graph graph, Map<String, HostTensor> inputs) {
        Backend backend = open(device);
        Plan plan = Scheduler.plan(graph, backend.capabilities());
        Map<String, HostTensor> result = new LinkedHashMap<>();
        try (Executable executable = backend.load(plan)) {
            inputs.forEach(executable::write);
            executable.run();
            graph.outputs().keySet().forEach(name -> result.put(name, executable.read(name)));
        }
        return result;
    }
}
