package dagrad.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dagrad.backend.Backend;
import dagrad.backend.Executable;
import dagrad.gradient.Gradients;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.schedule.Scheduler;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A step that is warm allocates nothing, on no thread: the collector has nothing to do while training runs.
class AllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int STEPS = 100;
    /// Until the JVM's compiler has had its turn, method handles allocate; on a busy machine that takes a while.
    private static final Duration WARM_UP = Duration.ofSeconds(30);

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void trainsAPerceptron(int threads) {
        assertThat(allocated(threads, g -> {
                    Value x = g.input("x", TensorSpec.f32(16, 24));
                    Value first = g.parameter("first", TensorSpec.f32(40, 24));
                    Value bias = g.parameter("bias", TensorSpec.f32(40));
                    Value second = g.parameter("second", TensorSpec.f32(1, 40));
                    Value y = g.linear(g.relu(g.linear(x, first, bias)), second);
                    return trained(g, g.mean(g.square(y)), List.of(first, bias, second));
                }))
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void trainsAttention(int threads) {
        assertThat(allocated(threads, g -> {
                    Value x = g.input("x", TensorSpec.f32(2, 8, 16));
                    Value weight = g.parameter("weight", TensorSpec.f32(48, 16));
                    Value gain = g.parameter("gain", TensorSpec.f32(16));
                    Value bias = g.parameter("bias", TensorSpec.f32(16));
                    Value qkv = g.linear(g.layerNorm(x, gain, bias, 1e-5), weight);
                    Value heads = g.permute(g.reshape(qkv, 2, 8, 3, 2, 8), 2, 0, 3, 1, 4);
                    Value mixed = g.attention(g.index(heads, 0, 0), g.index(heads, 0, 1), g.index(heads, 0, 2), true);
                    return trained(g, g.mean(g.gelu(mixed)), List.of(weight, gain, bias));
                }))
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void trainsWeightsOfEdges(int threads) {
        assertThat(allocated(threads, g -> {
                    Value x = g.parameter("x", TensorSpec.f32(40, 16));
                    Value weights = g.parameter("weights", TensorSpec.f32(12));
                    Value tails = g.indices(3, 3, 17, 0, 5, 39, 2, 2, 8, 21, 30, 11);
                    Value heads = g.indices(0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 9, 9);
                    Value y = g.edgeSum(x, weights, tails, heads, 30, false);
                    return trained(g, g.mean(g.square(y)), List.of(x, weights));
                }))
                .isZero();
    }

    /// Otherwise nothing would be measured.
    @Test
    void allocationIsSeen() {
        byte[][] kept = new byte[STEPS][];
        long before = THREADS.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < STEPS; i++) {
            kept[i] = new byte[16];
        }
        assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isGreaterThanOrEqualTo(16 * STEPS);
        assertThat(kept[STEPS - 1]).hasSize(16);
    }

    private static Value trained(GraphBuilder g, Value loss, List<Value> parameters) {
        Map<Value, Value> gradients = Gradients.of(g, loss, parameters);
        parameters.forEach(p -> g.update(p, g.sub(p, g.mul(gradients.get(p), 0.1))));
        return loss;
    }

    /// Bytes that all threads together allocate in a hundred steps, once that number is as small as it gets.
    private static long allocated(int threads, Function<GraphBuilder, Value> model) {
        Graph graph = Graph.build(g -> g.output("loss", model.apply(g)));
        try (Backend backend = new CpuBackend(threads);
                Executable executable = backend.load(Scheduler.plan(graph, backend.capabilities()))) {
            Parity.inputs(graph, 1).forEach(executable::write);
            HostTensor loss = HostTensor.zeros(TensorSpec.f32());
            long[] workers = Thread.getAllStackTraces().keySet().stream()
                    .filter(t -> t.getName().startsWith("dagrad-cpu-"))
                    .mapToLong(Thread::threadId)
                    .toArray();
            long bytes = Long.MAX_VALUE;
            long end = System.nanoTime() + WARM_UP.toNanos();
            while (bytes > 0 && System.nanoTime() < end) {
                long others = sum(THREADS.getThreadAllocatedBytes(workers));
                long before = THREADS.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < STEPS; i++) {
                    executable.run();
                    executable.read("loss", loss);
                }
                long mine = THREADS.getCurrentThreadAllocatedBytes() - before;
                bytes = mine + sum(THREADS.getThreadAllocatedBytes(workers)) - others;
            }
            return bytes;
        }
    }

    private static long sum(long[] values) {
        long sum = 0;
        for (long value : values) {
            sum += value;
        }
        return sum;
    }
}
