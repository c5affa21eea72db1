package dagrad.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dagrad.backend.DeviceException;
import dagrad.backend.Executable;
import dagrad.backend.Readback;
import dagrad.cuda.compile.CodeCache;
import dagrad.cuda.driver.Device;
import dagrad.cuda.driver.Natives;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.plan.Plan;
import dagrad.plan.PlanException;
import dagrad.schedule.Scheduler;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/// Plans on the emulated GPU: what goes in, what comes out and when, and what is left behind.
@EnabledIf("dagrad.cuda.Emulator#isThere")
class CudaExecutableTest {
    private Map<Emulator.Counter, Long> before;
    private CudaBackend backend;

    @BeforeEach
    void open() {
        Natives.load();
        before = Emulator.live();
        backend = CudaBackend.open(Device.of(0), CodeCache.standard(), false);
    }

    @AfterEach
    void everythingIsGivenBack() {
        backend.close();
        assertThat(Emulator.live()).isEqualTo(before);
    }

    private Executable load(Consumer<GraphBuilder> body) {
        return backend.load(Scheduler.plan(Graph.build(body), backend.capabilities()));
    }

    /// `row = table[index] · weight`, and `first`, a scalar of it.
    private static void lookUp(GraphBuilder g) {
        Value table = g.parameter("table", TensorSpec.f32(5, 4));
        Value weight = g.parameter("weight", TensorSpec.f32(4, 3));
        Value row = g.matmul(g.gather(table, g.input("index", TensorSpec.i32(2))), weight);
        g.output("row", row);
    }

    private static HostTensor counting(int... dims) {
        HostTensor tensor = HostTensor.zeros(TensorSpec.f32(dims));
        for (int i = 0; i < tensor.size(); i++) {
            tensor.set(i, i);
        }
        return tensor;
    }

    @Test
    void computes() {
        try (Executable plan = load(CudaExecutableTest::lookUp)) {
            plan.write("table", counting(5, 4));
            plan.write("weight", counting(4, 3));
            plan.write("index", HostTensor.of(new int[] {3, 0}, 2));
            plan.run();
            // [12 13 14 15] and [0 1 2 3] times the columns [0 3 6 9], [1 4 7 10], [2 5 8 11]
            assertThat(plan.read("row").floats()).containsExactly(258, 312, 366, 42, 48, 54);
            assertThat(plan.read("table").floats()).isEqualTo(counting(5, 4).floats());
        }
    }

    @Test
    void theWholeStepIsOneGraph() {
        try (Executable plan = load(CudaExecutableTest::lookUp)) {
            long graphs = Emulator.counters().get(Emulator.Counter.GRAPH_LAUNCHES);
            long kernels = Emulator.counters().get(Emulator.Counter.KERNELS);
            long gemms = Emulator.counters().get(Emulator.Counter.GEMMS);
            for (int i = 0; i < 3; i++) {
                plan.run();
            }
            plan.read("row");
            assertThat(Emulator.counters())
                    .containsEntry(Emulator.Counter.GRAPH_LAUNCHES, graphs + 3)
                    .containsEntry(Emulator.Counter.KERNELS, kernels + 3)
                    .containsEntry(Emulator.Counter.GEMMS, gemms + 3);
        }
    }

    /// A scalar that depends on the batch alone.
    private static void product(GraphBuilder g) {
        Value x = g.input("x", TensorSpec.f32(1, 4));
        Value y = g.matmul(x, g.parameter("w", TensorSpec.f32(4, 1)));
        g.output("y", g.reshape(y));
    }

    /// 1 + 2^-13 has more digits than the 10 bits of TF32.
    @Test
    void strictF32IsF32AndTf32OnlyWhereItIsAllowed() {
        HostTensor w = HostTensor.of(new float[] {1 + 0x1p-13f, 0, 0, 0}, 4, 1);
        HostTensor x = HostTensor.of(new float[] {1, 1, 1, 1}, 1, 4);
        for (boolean tf32 : new boolean[] {false, true}) {
            try (CudaBackend device = CudaBackend.open(Device.of(0), CodeCache.standard(), tf32);
                    Executable plan = device.load(
                            Scheduler.plan(Graph.build(CudaExecutableTest::product), device.capabilities()))) {
                plan.write("w", w);
                plan.write("x", x);
                plan.run();
                assertThat(plan.read("y").scalar()).isEqualTo(tf32 ? 1 : 1 + 0x1p-13);
            }
        }
    }

    @Test
    void readsBackInOrderWhileLaterStepsRun() {
        try (Executable plan = load(CudaExecutableTest::product)) {
            plan.write("w", HostTensor.of(new float[] {1, 10, 100, 1000}, 4, 1));
            Readback y = plan.readback("y");
            for (int step = 0; step < 20; step++) {
                HostTensor x = HostTensor.of(new float[] {step, 0, step, 1}, 1, 4);
                plan.write("x", x);
                // What was written may be changed at once.
                x.data().fill((byte) 0);
                plan.run();
                y.ask();
                if (step > 0) {
                    assertThat(y.take()).isEqualTo(1000 + 101 * (step - 1));
                }
            }
            assertThat(y.take()).isEqualTo(1000 + 101 * 19);
            assertThat(y.deferred()).isTrue();
        }
    }

    @Test
    void anInputStaysUntilAnotherIsWritten() {
        try (Executable plan = load(CudaExecutableTest::product)) {
            plan.write("w", HostTensor.of(new float[] {1, 2, 3, 4}, 4, 1));
            plan.write("x", HostTensor.of(new float[] {9, 9, 9, 9}, 1, 4));
            plan.write("x", HostTensor.of(new float[] {1, 1, 1, 1}, 1, 4));
            assertThat(plan.read("x").floats()).containsExactly(1, 1, 1, 1);
            plan.run();
            plan.run();
            assertThat(plan.read("y").scalar()).isEqualTo(10);
        }
    }

    @Test
    void valuesAreAskedForBeforeTheyAreTaken() {
        try (Executable plan = load(CudaExecutableTest::product)) {
            Readback y = plan.readback("y");
            assertThatThrownBy(y::take).hasMessage("no value of \"y\" was asked for");
            y.ask();
            y.ask();
            assertThatThrownBy(y::ask).hasMessage("2 values of \"y\" are not taken yet");
            assertThatThrownBy(() -> plan.readback("x"))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("\"x\" is f32[1,4] and no scalar");
        }
    }

    @Test
    void tellsOfAnIndexOutOfRangeAndGoesOn() {
        try (Executable plan = load(CudaExecutableTest::lookUp)) {
            plan.write("index", HostTensor.of(new int[] {0, 12}, 2));
            plan.run();
            assertThatThrownBy(() -> plan.read("row"))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageStartingWith("gather: index 12 is out of range (");
            plan.write("index", HostTensor.of(new int[] {0, 4}, 2));
            plan.run();
            assertThat(plan.read("row").floats()).containsOnly(0);
        }
    }

    @Test
    void aReadbackTellsOfAnIndexOutOfRange() {
        try (Executable plan = load(g -> {
            Value table = g.parameter("table", TensorSpec.f32(5, 1));
            g.output("row", g.reshape(g.gather(table, g.input("index", TensorSpec.i32(1)))));
        })) {
            Readback row = plan.readback("row");
            plan.write("index", HostTensor.of(new int[] {-1}, 1));
            plan.run();
            row.ask();
            assertThatThrownBy(row::take).hasMessageStartingWith("gather: index -1 is out of range (");
        }
    }

    /// The first steps load classes and compile, and the JVM may compile once more at any time; between that, none
    /// makes anything.
    @Test
    void steppingAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Executable plan = load(CudaExecutableTest::product)) {
            Readback y = plan.readback("y");
            HostTensor x = HostTensor.of(new float[] {1, 2, 3, 4}, 1, 4);
            Runnable step = () -> {
                plan.write("x", x);
                plan.run();
                y.ask();
                y.take();
            };
            step.run();
            Map<Emulator.Counter, Long> made = Emulator.live();
            long allocations = Emulator.counters().get(Emulator.Counter.ALLOCATIONS);
            long buffers = directBuffers();
            long least = Long.MAX_VALUE;
            for (int round = 0; least > 0 && round < 200; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 100; i++) {
                    step.run();
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertThat(least).isZero();
            assertThat(directBuffers()).isEqualTo(buffers);
            assertThat(Emulator.live()).isEqualTo(made);
            assertThat(Emulator.counters()).containsEntry(Emulator.Counter.ALLOCATIONS, allocations);
        }
    }

    private static long directBuffers() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    @Test
    void carriesLargeTensorsInPieces() {
        try (Executable plan = load(g -> g.output(
                "row",
                g.gather(g.parameter("table", TensorSpec.f32(3, 1_500_000)), g.input("index", TensorSpec.i32(1)))))) {
            HostTensor table = HostTensor.zeros(TensorSpec.f32(3, 1_500_000));
            for (int i = 0; i < table.size(); i++) {
                table.set(i, i % 8191);
            }
            plan.write("table", table);
            assertThat(plan.read("table").data().mismatch(table.data())).isEqualTo(-1);
            plan.write("index", HostTensor.of(new int[] {1}, 1));
            plan.run();
            assertThat(plan.read("row").data().mismatch(table.data().asSlice(6_000_000, 6_000_000)))
                    .isEqualTo(-1);
        }
    }

    @Test
    void saysWhatMemoryIsNeededAndWhatIsFree() {
        Plan huge = Scheduler.plan(
                Graph.build(g -> g.output(
                        "y",
                        g.matmul(
                                g.input("x", TensorSpec.f32(1 << 18, 1 << 18)),
                                g.input("z", TensorSpec.f32(1 << 18, 1))))),
                backend.capabilities());
        Map<Emulator.Counter, Long> made = Emulator.live();
        assertThatThrownBy(() -> backend.load(huge))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("the plan's arena needs 26214")
                .hasMessageContaining("are free; take a smaller batch or model");
        assertThat(Emulator.live()).isEqualTo(made);
    }

    @Test
    void refusesWhatDoesNotFitThePlan() {
        try (Executable plan = load(CudaExecutableTest::product)) {
            assertThatThrownBy(() -> plan.write("v", counting(1)))
                    .isInstanceOf(PlanException.class)
                    .hasMessage("no input is named \"v\"; there are [x, w]");
            assertThatThrownBy(() -> plan.write("x", counting(4)))
                    .isInstanceOf(DeviceException.class)
                    .hasMessage("\"x\" is f32[1,4], the tensor given is f32[4]");
            HostTensor wide = HostTensor.zeros(new TensorSpec(DType.F64, Shape.SCALAR));
            assertThatThrownBy(() -> plan.read("y", wide)).isInstanceOf(DeviceException.class);
        }
    }

    @Test
    void whatIsClosedSaysSo() {
        Executable plan = load(CudaExecutableTest::product);
        Readback y = plan.readback("y");
        plan.close();
        plan.close();
        for (Runnable use :
                new Runnable[] {plan::run, () -> plan.read("y"), () -> plan.write("x", counting(1, 4)), y::ask}) {
            assertThatThrownBy(use::run)
                    .isInstanceOf(DeviceException.class)
                    .hasMessage("the executable is closed; load the plan again");
        }
        backend.close();
        assertThatThrownBy(() -> backend.load(plan.plan()))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("is closed; open the device again");
    }

    @Test
    void anyThreadMayUseIt() throws Exception {
        try (Executable plan = load(CudaExecutableTest::product);
                var executor = Executors.newSingleThreadExecutor()) {
            plan.write("w", HostTensor.of(new float[] {1, 2, 3, 4}, 4, 1));
            plan.write("x", HostTensor.of(new float[] {1, 1, 1, 1}, 1, 4));
            Future<Double> elsewhere = executor.submit(() -> {
                plan.run();
                return plan.read("y").scalar();
            });
            assertThat(elsewhere.get()).isEqualTo(10);
        }
    }
}
