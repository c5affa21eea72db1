package dagrad.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dagrad.backend.Executable;
import dagrad.cuda.compile.CodeCache;
import dagrad.cuda.driver.Device;
import dagrad.cuda.driver.Natives;
import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.plan.Plan;
import dagrad.schedule.Scheduler;
import dagrad.tensor.TensorSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/// What plans are said to need is what they allocate on the emulated GPU.
@EnabledIf("dagrad.cuda.Emulator#isThere")
class NeedsTest {
    @Test
    void whatIsPredictedIsAllocated() {
        Natives.load();
        try (CudaBackend backend = CudaBackend.open(Device.of(0), CodeCache.standard(), false)) {
            Graph graph = Graph.build(g -> {
                Value table = g.parameter("table", TensorSpec.f32(5000, 64));
                Value rows = g.gather(table, g.input("index", TensorSpec.i32(2000)));
                Value products = g.matmul(rows, g.parameter("weight", TensorSpec.f32(64, 64)));
                g.output("y", g.scatterAdd(g.input("numbers", TensorSpec.i32(2000)), products, 3000));
            });
            Plan plan = Scheduler.plan(graph, backend.capabilities());
            long before = live();
            long free = backend.memory();
            try (Executable executable = backend.load(plan)) {
                executable.run();
                assertThat(live() - before).isCloseTo(backend.needs(plan), withinPercentage(1));
                assertThat(free - backend.memory()).isCloseTo(backend.needs(plan), withinPercentage(1));
                assertThat(backend.needs(plan)).isGreaterThan(plan.arenaBytes());
            }
            assertThat(backend.memory()).isEqualTo(free);
        }
    }

    private static long live() {
        return Emulator.counters().get(Emulator.Counter.LIVE_BYTES);
    }
}
