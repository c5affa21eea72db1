package dagrad.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.backend.Backend;
import dagrad.backend.Executable;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.models.bench.Extent;
import dagrad.models.jobs.Jobs;
import dagrad.optimizer.Optimizer.Sgd;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.Schedule;
import dagrad.optimizer.StepGraph;
import dagrad.reference.GraphInterpreter;
import dagrad.reference.SampleInputs;
import dagrad.schedule.Scheduler;
import dagrad.tensor.HostTensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Twenty steps of the jobs' models, small, on every device: the parameters end where float64 takes them.
class JobTrajectoryTest {
    private static final Devices DEVICES = new Devices();
    private static final int STEPS = 20;

    /// Of the way that the parameters went, in norm: as in [TrajectoryTest].
    private static final double ALLOWED = 1e-3;

    @AfterAll
    static void close() {
        DEVICES.close();
    }

    static Stream<Arguments> onDevices() {
        return Devices.ids().flatMap(id -> Stream.of("fashion-conv", "clip").map(model -> Arguments.of(id, model)));
    }

    private static Graph step(String model) {
        Recipe recipe = Recipe.of(new Sgd(0.9, false, 0), new Schedule.Constant(0.05));
        return StepGraph.of(Jobs.losses().get(model).apply(Extent.SMALL), recipe)
                .graph();
    }

    private static Map<String, HostTensor> start(Graph graph) {
        Map<String, HostTensor> result = new LinkedHashMap<>(SampleInputs.of(graph, 3));
        graph.inputs(Input.Kind.STATE).forEach((label, v) -> result.put(label, HostTensor.zeros(graph.spec(v))));
        return result;
    }

    private static Map<String, HostTensor> byTheReference(Graph graph, int steps) {
        Map<String, HostTensor> kept = start(graph);
        for (int i = 0; i < steps; i++) {
            kept.putAll(GraphInterpreter.exact().evaluate(graph, kept).updates());
        }
        return kept;
    }

    private static Map<String, HostTensor> byADevice(Backend backend, Graph graph) {
        Map<String, HostTensor> result = new LinkedHashMap<>();
        try (Executable executable = backend.load(Scheduler.plan(graph, backend.capabilities()))) {
            start(graph).forEach(executable::write);
            for (int i = 0; i < STEPS; i++) {
                executable.run();
            }
            graph.inputs().keySet().forEach(label -> result.put(label, executable.read(label)));
        }
        return result;
    }

    /// How far two trainings ended from each other, as a part of how far the first went.
    private static double apart(Graph graph, Map<String, HostTensor> expected, Map<String, HostTensor> found) {
        Map<String, HostTensor> start = start(graph);
        double way = 0;
        double apart = 0;
        for (String label : graph.inputs(Input.Kind.PARAMETER).keySet()) {
            for (long i = 0; i < start.get(label).size(); i++) {
                double to = expected.get(label).get(i);
                way = Math.hypot(way, to - start.get(label).get(i));
                apart = Math.hypot(apart, to - found.get(label).get(i));
            }
        }
        return apart / way;
    }

    /// And one step less would be noticed.
    @ParameterizedTest
    @MethodSource("onDevices")
    void endsWhereTheReferenceDoes(String device, String model) {
        Graph graph = step(model);
        Map<String, HostTensor> expected = byTheReference(graph, STEPS);
        assertThat(apart(graph, expected, byADevice(DEVICES.open(device), graph)))
                .isLessThan(ALLOWED);
        assertThat(apart(graph, expected, byTheReference(graph, STEPS - 1))).isGreaterThan(ALLOWED);
    }
}
