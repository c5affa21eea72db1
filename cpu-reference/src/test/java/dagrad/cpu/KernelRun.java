package dagrad.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.graph.Composite;
import dagrad.graph.Graph;
import dagrad.graph.Op;
import dagrad.plan.Capabilities;
import dagrad.plan.Launch;
import dagrad.plan.Plan;
import dagrad.plan.Slot;
import dagrad.reference.GraphInterpreter;
import dagrad.schedule.Scheduler;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Runs graphs whose plans are kernels of single operations and nothing else, and compares them with the reference.
final class KernelRun {
    private static final Capabilities KERNELS = new Capabilities() {
        @Override
        public boolean claims(Composite op, List<TensorSpec> in) {
            return Kernels.claims(op, in);
        }

        @Override
        public boolean strided(Op op, int operand) {
            return Kernels.strided(op, operand);
        }

        @Override
        public boolean blocks() {
            return true;
        }
    };

    private KernelRun() {}

    /// The outputs by name. The plan is run twice, so that nothing may depend on what an earlier run left behind.
    static Map<String, HostTensor> run(Graph graph, Map<String, HostTensor> inputs, int threads) {
        Plan plan = Scheduler.plan(graph, KERNELS);
        Memory memory = new Memory(plan);
        plan.constants().forEach((slot, tensor) -> memory.segment(slot).copyFrom(tensor.data()));
        List<Step> steps = new ArrayList<>();
        for (Launch launch : plan.launches()) {
            assertThat(launch).as("only kernels are run here").isInstanceOf(Launch.Kernel.class);
            steps.add(Kernels.of((Launch.Kernel) launch, memory, new JavaGemm("Java GEMM"), threads));
        }
        try (Workers workers = new Workers(threads)) {
            for (int i = 0; i < 2; i++) {
                inputs.forEach((label, tensor) ->
                        memory.segment(plan.inputs().get(label)).copyFrom(tensor.data()));
                steps.forEach(step -> step.run(workers));
            }
        }
        Map<String, HostTensor> result = new LinkedHashMap<>();
        plan.outputs().forEach((name, slot) -> result.put(name, copy(memory, slot)));
        return result;
    }

    private static HostTensor copy(Memory memory, Slot slot) {
        HostTensor result = HostTensor.zeros(slot.spec());
        result.data().copyFrom(memory.segment(slot));
        return result;
    }

    /// Runs on 1, 2 and 3 threads, which must agree bit for bit, and compares with the reference: each difference at
    /// most `tolerance` times the largest value of the output, or of the inputs (about 1) if that is larger: where
    /// large terms cancel, their rounding errors stay.
    static void check(Graph graph, Map<String, HostTensor> inputs, double tolerance) {
        Map<String, HostTensor> actual = run(graph, inputs, 1);
        for (int threads = 2; threads <= 3; threads++) {
            run(graph, inputs, threads)
                    .forEach((name, tensor) -> assertThat(
                                    tensor.data().mismatch(actual.get(name).data()))
                            .as("first byte of %s that depends on the number of threads", name)
                            .isEqualTo(-1));
        }
        Map<String, HostTensor> expected =
                GraphInterpreter.exact().evaluate(graph, inputs).outputs();
        actual.forEach((name, tensor) -> compare(name, tensor, expected.get(name), tolerance));
    }

    static void compare(String name, HostTensor actual, HostTensor expected, double tolerance) {
        double largest = tolerance == 0 ? 0 : 1;
        for (long i = 0; i < expected.size(); i++) {
            largest = Double.isFinite(expected.get(i)) ? Math.max(largest, Math.abs(expected.get(i))) : largest;
        }
        for (long i = 0; i < expected.size(); i++) {
            double e = expected.get(i);
            double a = actual.get(i);
            boolean same = Double.compare(a, e) == 0 || Math.abs(a - e) <= tolerance * largest;
            assertThat(same)
                    .as("%s[%d] of %s: %s for %s", name, i, actual.spec(), a, e)
                    .isTrue();
        }
    }

    /// Standard normal numbers, or integers below the bound for integer types.
    static HostTensor random(TensorSpec spec, int seed) {
        return random(spec, seed, 1 << 20);
    }

    static HostTensor random(TensorSpec spec, int seed, int bound) {
        Random random = new Random(seed);
        HostTensor result = HostTensor.zeros(spec);
        for (long i = 0; i < result.size(); i++) {
            result.set(i, spec.dtype().isFloating() ? random.nextGaussian() : random.nextInt(bound));
        }
        return result;
    }

    static TensorSpec spec(DType dtype, int... dims) {
        return TensorSpec.f32(dims).withDtype(dtype);
    }
}
