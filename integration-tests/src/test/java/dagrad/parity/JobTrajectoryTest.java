package dagrad.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.backend.Backend;
import dagrad.graph.Graph;
import dagrad.models.bench.Extent;
import dagrad.models.jobs.Jobs;
import dagrad.optimizer.Lora;
import dagrad.optimizer.Optimizer.Sgd;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.Schedule;
import dagrad.optimizer.StepGraph;
import dagrad.plan.Plan;
import dagrad.schedule.Scheduler;
import dagrad.tensor.HostTensor;
import java.util.List;
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
        return Devices.ids()
                .flatMap(id -> Stream.of(
                                "fashion-conv",
                                "clip",
                                "regression",
                                "network",
                                "text",
                                "text with adapters",
                                "vae",
                                "diffusion")
                        .map(model -> Arguments.of(id, model)));
    }

    /// Computing again what did not fit changes no bit.
    @ParameterizedTest
    @MethodSource("onDevices")
    void isTheSameInLittleMemory(String device, String model) {
        Backend backend = DEVICES.open(device);
        Steps two = new Steps(step(model), 2);
        Plan plan = Scheduler.plan(two.graph(), backend.capabilities());
        Plan smaller = Scheduler.plan(two.graph(), backend.capabilities(), 0);
        assertThat(smaller.arenaBytes()).isLessThanOrEqualTo(plan.arenaBytes());
        Map<String, HostTensor> expected = two.byADevice(backend, plan);
        assertThat(two.byADevice(backend, smaller))
                .allSatisfy((name, tensor) -> assertThat(
                                tensor.data().mismatch(expected.get(name).data()))
                        .as("first byte of %s that differs", name)
                        .isEqualTo(-1));
    }

    private static Graph step(String model) {
        Recipe recipe = Recipe.of(new Sgd(0.9, false, 0), new Schedule.Constant(0.05));
        Graph loss = Jobs.losses().get(model.split(" ")[0]).apply(Extent.SMALL);
        Graph trained = model.endsWith("adapters") ? new Lora(2, 4, List.of()).adapt(loss) : loss;
        return StepGraph.of(trained, recipe).graph();
    }

    /// And one step less would be noticed.
    @ParameterizedTest
    @MethodSource("onDevices")
    void endsWhereTheReferenceDoes(String device, String model) {
        Steps all = new Steps(step(model), STEPS);
        Map<String, HostTensor> expected = all.byTheReference();
        assertThat(all.apart(expected, all.byADevice(DEVICES.open(device)))).isLessThan(ALLOWED);
        assertThat(all.apart(expected, new Steps(all.graph(), STEPS - 1).byTheReference()))
                .isGreaterThan(ALLOWED);
    }
}
