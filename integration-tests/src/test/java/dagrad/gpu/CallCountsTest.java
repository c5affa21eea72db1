package dagrad.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.backend.Backend;
import dagrad.backend.Backends;
import dagrad.backend.DeviceOptions;
import dagrad.backend.Executable;
import dagrad.cuda.code.Call;
import dagrad.cuda.code.Lowering;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Value;
import dagrad.models.bench.Gpt2;
import dagrad.models.bench.Workload;
import dagrad.plan.Card;
import dagrad.plan.Launch;
import dagrad.plan.Operand;
import dagrad.plan.Plan;
import dagrad.precision.Precision;
import dagrad.reference.SampleInputs;
import dagrad.schedule.Scheduler;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What `dagrad plan` says of a step before anything runs is what the emulator counts when it runs.
@EnabledIf(value = "dagrad.gpu.EmulatorReport#canBeHad", disabledReason = "no emulator, which counts")
class CallCountsTest {
    private static final int STEPS = 3;

    /// As the emulator has 4 multiprocessors; only grids depend on a card.
    private static final Card CARD = new Card("emulated", 90, 4, 4L << 30, 3e12, 60e12, 400e12, 800e12);

    @TempDir
    private Path folder;

    /// What counters say of some steps after the first.
    private record Counted(EmulatorReport before, EmulatorReport after) {
        long inAll(String counter) {
            return after.since(before, counter);
        }

        long each(String counter) {
            assertThat(inAll(counter) % STEPS).as(counter).isZero();
            return inAll(counter) / STEPS;
        }
    }

    /// Each step gets its batch; the last one's output is read.
    private Counted run(Backend device, Plan plan, Map<String, HostTensor> inputs, String output) {
        Collection<String> batch = plan.graph().inputs(Input.Kind.DATA).keySet();
        try (Executable step = device.load(plan)) {
            inputs.forEach(step::write);
            step.run();
            step.read(output);
            EmulatorReport before = EmulatorReport.now(folder.resolve("before.json"));
            for (int i = 0; i < STEPS; i++) {
                batch.forEach(name -> step.write(name, inputs.get(name)));
                step.run();
            }
            step.read(output);
            return new Counted(before, EmulatorReport.now(folder.resolve("after.json")));
        }
    }

    private static <T extends Call> List<T> calls(Plan plan, Class<T> kind) {
        return new Lowering(CARD)
                .of(plan).stream()
                        .flatMap(calls -> calls.calls().stream())
                        .filter(kind::isInstance)
                        .map(kind::cast)
                        .toList();
    }

    private static long bytes(Plan plan, boolean products, Function<Launch, List<Operand>> operands) {
        return plan.launches().stream()
                .filter(launch -> launch instanceof Launch.Gemm == products)
                .flatMap(launch -> operands.apply(launch).stream())
                .mapToLong(Operand::bytes)
                .sum();
    }

    @ParameterizedTest
    @EnumSource
    void aStepOfGpt2IsAsItWasCounted(Precision precision) {
        Workload workload = Workload.gpt2(new Gpt2(2, 128, 2, 100, 64), 2, precision);
        try (Backend device = Backends.open("cuda", new DeviceOptions(1), _ -> {})) {
            Plan plan = Scheduler.plan(workload.graph(), device.capabilities());
            Counted counted = run(device, plan, workload.inputs(), workload.watched());
            assertThat(counted.each("graph_launches")).isEqualTo(1);
            assertThat(counted.each("kernels"))
                    .isEqualTo(calls(plan, Call.Kernel.class).size());
            assertThat(counted.each("gemms"))
                    .isEqualTo(calls(plan, Call.Gemm.class).size());
            assertThat(counted.each("gemm_bytes")).isEqualTo(bytes(plan, true, Launch::operands));
            List<Call.Clear> fills = calls(plan, Call.Clear.class);
            assertThat(counted.each("fills")).isEqualTo(fills.size());
            assertThat(counted.each("bytes_filled"))
                    .isEqualTo(fills.stream().mapToLong(Call.Clear::bytes).sum());
            assertThat(counted.each("kernel_bytes_loaded"))
                    .as("what caches save not counted")
                    .isGreaterThanOrEqualTo(bytes(plan, false, Launch::reads));
            assertThat(counted.each("allocations")).isZero();
        }
    }

    /// Tokens and targets go to the GPU beside the arena, and from there into it; of the results only what is read,
    /// with the two fault words, comes back.
    @Test
    void nothingIsCopiedButTheBatch() {
        Workload workload = Workload.gpt2(new Gpt2(1, 64, 1, 100, 32), 2, Precision.F32);
        try (Backend device = Backends.open("cuda", new DeviceOptions(1), _ -> {})) {
            Plan plan = Scheduler.plan(workload.graph(), device.capabilities());
            Counted counted = run(device, plan, workload.inputs(), workload.watched());
            long batch = plan.graph().inputs(Input.Kind.DATA).keySet().stream()
                    .mapToLong(name -> plan.inputs().get(name).spec().bytes())
                    .sum();
            assertThat(batch).isEqualTo(2L * 2 * 32 * Integer.BYTES);
            assertThat(counted.each("copies_to_device")).isEqualTo(2);
            assertThat(counted.each("bytes_to_device")).isEqualTo(batch);
            assertThat(counted.each("copies_on_device")).isEqualTo(2);
            assertThat(counted.each("bytes_on_device")).isEqualTo(batch);
            assertThat(counted.inAll("bytes_to_host")).isEqualTo(Float.BYTES + 2 * Integer.BYTES);
        }
    }

    /// An elementwise kernel reads every operand once and writes every result once.
    @Test
    void whatFusedKernelsMoveIsWhatThePlanSays() {
        Graph graph = Graph.build(g -> {
            Value x = g.parameter("x", TensorSpec.f32(33, 64));
            Value y = g.parameter("y", TensorSpec.f32(33, 64));
            g.output("z", g.mul(g.tanh(g.add(x, y)), g.exp(x)));
        });
        try (Backend device = Backends.open("cuda", new DeviceOptions(1), _ -> {})) {
            Plan plan = Scheduler.plan(graph, device.capabilities());
            Counted counted = run(device, plan, SampleInputs.of(graph, 1), "z");
            assertThat(counted.each("kernels")).isEqualTo(1);
            assertThat(counted.each("kernel_bytes_loaded"))
                    .isEqualTo(bytes(plan, false, Launch::reads))
                    .isEqualTo(2L * 33 * 64 * Float.BYTES);
            assertThat(counted.each("kernel_bytes_stored"))
                    .isEqualTo(bytes(plan, false, Launch::writes))
                    .isEqualTo(33L * 64 * Float.BYTES);
        }
    }
}
