package dagrad.cpu;

import static dagrad.cpu.KernelCheck.check;
import static dagrad.cpu.KernelCheck.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.backend.Backend;
import dagrad.backend.DeviceException;
import dagrad.backend.Executable;
import dagrad.graph.EdgeProduct;
import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.schedule.Scheduler;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EdgeKernelsTest {
    private static final int TAILS = 300;
    private static final int HEADS = 200;
    private static final int EDGES = 4000;

    /// Several chunks of work, which any number of threads may take.
    @ParameterizedTest
    @ValueSource(ints = {4, 7, 8, 13, 32, 65})
    void sumsAndProducts(int width) {
        TensorSpec ends = TensorSpec.i32(EDGES);
        Graph graph = Graph.build(g -> {
            Value x = g.input("x", TensorSpec.f32(TAILS, width));
            Value y = g.input("y", TensorSpec.f32(HEADS, width));
            Value w = g.input("w", TensorSpec.f32(EDGES));
            Value tail = g.input("tail", ends);
            Value head = g.input("head", ends);
            g.output("forward", g.edgeSum(x, w, tail, head, HEADS, false));
            g.output("back", g.edgeSum(y, w, tail, head, TAILS, true));
            g.output("product", g.apply(new EdgeProduct(), x, y, tail, head));
        });
        check(
                graph,
                Map.of(
                        "x", random(TensorSpec.f32(TAILS, width), 1),
                        "y", random(TensorSpec.f32(HEADS, width), 2),
                        "w", random(TensorSpec.f32(EDGES), 3),
                        "tail", random(ends, 4, TAILS),
                        "head", random(ends, 5, HEADS)),
                1e-6);
    }

    private static Graph sum(int tails, int edges, int heads) {
        return Graph.build(g -> {
            Value x = g.input("x", TensorSpec.f32(tails, 4));
            Value w = g.input("w", TensorSpec.f32(edges));
            Value tail = g.input("tail", TensorSpec.i32(edges));
            g.output("y", g.edgeSum(x, w, tail, g.input("head", TensorSpec.i32(edges)), heads, false));
        });
    }

    /// The order of edges is kept from run to run, and found anew when they change.
    @Test
    void edgesMayChange() {
        Graph graph = sum(50, 2, 50);
        try (Backend backend = new CpuBackend(1);
                Executable executable = backend.load(Scheduler.plan(graph, backend.capabilities()))) {
            float[] rows = new float[200];
            IntStream.range(0, 200).forEach(i -> rows[i] = i >> 2);
            executable.write("x", HostTensor.of(rows, 50, 4));
            executable.write("w", HostTensor.of(new float[] {2, 1}, 2));
            int[][] ends = {{7, 9, 1, 0}, {7, 9, 0, 1}, {7, 8, 0, 1}, {7, 8, 0, 1}, {7, 8, 0, 0}};
            double[][] results = {{9, 14}, {14, 9}, {14, 8}, {14, 8}, {22, 0}};
            for (int run = 0; run < ends.length; run++) {
                int[] e = ends[run];
                executable.write("tail", HostTensor.of(new int[] {e[0], e[1]}, 2));
                executable.write("head", HostTensor.of(new int[] {e[2], e[3]}, 2));
                executable.run();
                HostTensor y = HostTensor.zeros(TensorSpec.f32(50, 4));
                executable.read("y", y);
                assertThat(new double[] {y.get(0), y.get(7)}).as("run %d", run).containsExactly(results[run]);
            }
        }
    }

    /// Whether sums go by edges or, where most of the possible ones are there, by a matrix.
    @ParameterizedTest
    @CsvSource({"50, 50", "2, 1"})
    void endsOutOfRangeAreNamed(int tails, int heads) {
        Graph graph = sum(tails, 2, heads);
        for (int[] e : new int[][] {{0, tails, 0, 0}, {0, -1, 0, 0}, {0, 0, 0, heads}, {0, 0, -1, 0}}) {
            Map<String, HostTensor> inputs = Map.of(
                    "x",
                    random(TensorSpec.f32(tails, 4), 1),
                    "w",
                    random(TensorSpec.f32(2), 2),
                    "tail",
                    HostTensor.of(new int[] {e[0], e[1]}, 2),
                    "head",
                    HostTensor.of(new int[] {e[2], e[3]}, 2));
            assertThatThrownBy(() -> Parity.run(graph, inputs, 1))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining(" is outside of 0..");
        }
    }
}
