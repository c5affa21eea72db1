package dagrad.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.backend.Backend;
import dagrad.backend.BackendProvider;
import dagrad.backend.Backends;
import dagrad.backend.DeviceOptions;
import dagrad.backend.Executable;
import dagrad.graph.Graph;
import dagrad.ops.Together;
import dagrad.ops.Tolerance;
import dagrad.plan.Plan;
import dagrad.reference.FirstDifference;
import dagrad.reference.GraphInterpreter;
import dagrad.schedule.Scheduler;
import dagrad.tensor.HostTensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The devices that can be used here, opened when they are first wanted. The reference is what they are compared with,
/// so it is none of them.
public final class Devices implements AutoCloseable {
    private final Map<String, Backend> open = new LinkedHashMap<>();

    /// Their names on the command line.
    public static Stream<String> ids() {
        return Backends.providers().stream()
                .filter(provider -> provider.unavailable().isEmpty())
                .map(BackendProvider::id)
                .filter(id -> !id.equals("reference"));
    }

    public Backend open(String id) {
        return open.computeIfAbsent(id, name -> Backends.open(name, new DeviceOptions(2), line -> {}));
    }

    /// A graph's outputs, computed by a device.
    public Map<String, HostTensor> run(String device, Graph graph, Map<String, HostTensor> inputs) {
        return run(open(device), graph, inputs);
    }

    static Map<String, HostTensor> run(Backend device, Graph graph, Map<String, HostTensor> inputs) {
        return runs(device, graph, inputs, 1);
    }

    /// The outputs after so many runs.
    private static Map<String, HostTensor> runs(
            Backend backend, Graph graph, Map<String, HostTensor> inputs, int count) {
        Plan plan = Scheduler.plan(graph, backend.capabilities());
        Map<String, HostTensor> result = new LinkedHashMap<>();
        try (Executable executable = backend.load(plan)) {
            inputs.forEach(executable::write);
            for (int i = 0; i < count; i++) {
                executable.run();
                graph.outputs().keySet().forEach(name -> {
                    HostTensor now = executable.read(name);
                    HostTensor before = result.put(name, now);
                    assertThat(before == null ? -1 : before.data().mismatch(now.data()))
                            .as("first byte of %s that differs in a second run", name)
                            .isEqualTo(-1);
                });
            }
        }
        return result;
    }

    /// Asserts that a device computes what the reference does that rounds every node, each part by itself, and that it
    /// computes the same bits when it runs again.
    public void agrees(String device, Together together) {
        Map<String, HostTensor> actual = runs(open(device), together.graph(), together.inputs(), 2);
        for (Together.Part part : together.parts()) {
            Map<String, HostTensor> expected = GraphInterpreter.rounded()
                    .evaluate(part.graph(), part.inputs())
                    .outputs();
            Tolerance tolerance = Tolerance.sameRoundings(part.graph());
            part.outputsOf(actual)
                    .forEach((name, tensor) -> assertThat(tolerance.mismatch(name, expected.get(name), tensor))
                            .as(() -> part.name() + " on " + device + firstDifference(device, part))
                            .isEmpty());
        }
    }

    private String firstDifference(String device, Together.Part part) {
        Map<String, HostTensor> inputs =
                part.graph().inputs().keySet().stream().collect(Collectors.toMap(label -> label, part.inputs()::get));
        Plan plan = Scheduler.plan(part.graph(), open(device).capabilities());
        return FirstDifference.of(plan, inputs, graph -> run(device, graph, inputs))
                .map(difference -> "; the first launch that differs: " + difference)
                .orElse("");
    }

    @Override
    public void close() {
        open.values().forEach(Backend::close);
        open.clear();
    }
}
