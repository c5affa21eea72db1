package dagrad.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.backend.Backend;
import dagrad.backend.Backends;
import dagrad.backend.DeviceException;
import dagrad.backend.DeviceOptions;
import dagrad.backend.Executable;
import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.plan.PlanException;
import dagrad.schedule.Scheduler;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import org.junit.jupiter.api.Test;

class CpuBackendTest {
    private static final Graph DOUBLED = Graph.build(g -> g.output("y", g.mul(g.input("x", TensorSpec.f32(2, 3)), 2)));

    @Test
    void isFoundByName() {
        try (Backend backend = Backends.open("cpu", new DeviceOptions(2), _ -> {})) {
            assertThat(backend.name()).startsWith("cpu (2 threads, ");
        }
    }

    @Test
    void isWhatAutoFallsTo() {
        try (Backend backend = Backends.open("auto", new DeviceOptions(1), _ -> {})) {
            assertThat(backend.name()).startsWith("cpu (1 thread, ");
        }
    }

    @Test
    void saysWhichTensorDoesNotFit() {
        try (Backend backend = new CpuBackend(1);
                Executable executable = backend.load(Scheduler.plan(DOUBLED, backend.capabilities()))) {
            assertThatThrownBy(() -> executable.write("x", HostTensor.zeros(TensorSpec.f32(3, 2))))
                    .isInstanceOf(DeviceException.class)
                    .hasMessage("\"x\" is f32[2,3], the tensor given is f32[3,2]");
            assertThatThrownBy(() -> executable.write("y", HostTensor.zeros(TensorSpec.f32(2, 3))))
                    .isInstanceOf(PlanException.class)
                    .hasMessage("no input is named \"y\"; there are [x]");
            assertThatThrownBy(() -> executable.read("z"))
                    .isInstanceOf(PlanException.class)
                    .hasMessageContaining("no tensor is named \"z\"");
        }
    }

    @Test
    void refusesToRunOnceClosed() {
        try (Backend backend = new CpuBackend(1)) {
            Executable executable = backend.load(Scheduler.plan(DOUBLED, backend.capabilities()));
            executable.close();
            assertThatThrownBy(executable::run)
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("closed");
        }
    }

    @Test
    void endsItsThreads() {
        Backend backend = new CpuBackend(3);
        assertThat(workerThreads()).isEqualTo(2);
        backend.close();
        assertThat(workerThreads()).isZero();
    }

    private static long workerThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(t -> t.getName().startsWith("dagrad-cpu-"))
                .count();
    }

    @Test
    void writesConstantsAndUpdatesStates() {
        Graph graph = Graph.build(g -> {
            Value count = g.state("count", TensorSpec.f32(3));
            g.update(count, g.add(count, g.constant(TensorSpec.f32(3), 1, 2, 3)));
        });
        try (Backend backend = new CpuBackend(2);
                Executable executable = backend.load(Scheduler.plan(graph, backend.capabilities()))) {
            executable.run();
            executable.run();
            assertThat(executable.read("count").floats()).containsExactly(2, 4, 6);
        }
    }
}
