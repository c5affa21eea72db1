package dagrad.cpu;

import dagrad.backend.Backend;
import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Elementwise code and reductions over views of all kinds, against the reference.
class RandomBodiesTest {
    /// All on one device, some with other numbers of threads too.
    @Test
    void aThousandBodies() {
        try (Backend backend = new CpuBackend(2)) {
            for (long seed = 0; seed < 1000; seed++) {
                Graph graph = RandomBodies.draw(seed);
                Map<String, HostTensor> inputs = Parity.inputs(graph, seed);
                try {
                    Parity.assertRight(graph, inputs, Parity.run(graph, inputs, backend), 1e-4);
                    if (seed % 50 == 0) {
                        Parity.check(graph, inputs, 1e-4);
                    }
                } catch (AssertionError | RuntimeException e) {
                    throw new AssertionError("seed " + seed + ": " + e.getMessage() + "\n" + graph, e);
                }
            }
        }
    }

    /// Lengths around those at which loops, tiles and chunks end.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16, 17, 31, 33, 1023, 1024, 1025, 2047, 2049, 100_003})
    void vectorsOfAllLengths(int n) {
        Graph graph = Graph.build(g -> {
            Value x = g.input("x", TensorSpec.f32(n));
            g.output("in", g.add(g.mul(x, 2), 1));
            g.output("gelu", g.geluTanh(x));
            g.output("sum", g.sum(g.square(x)));
            g.output("counted", g.mul(g.cast(g.iota(g.spec(x).shape(), 0), DType.F32), 0.5));
        });
        Parity.check(graph, Parity.inputs(graph, n), 1e-5);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "1,1025", "1025,1", "31,33", "33,1023", "1023,33", "3,40000", "40000,3", "129,257"})
    void reducesRowsAndColumns(int rows, int columns) {
        Graph graph = Graph.build(g -> {
            Value x = g.input("x", TensorSpec.f32(rows, columns));
            Value y = g.input("y", TensorSpec.f32(columns));
            g.output("rows", g.sum(x, 1));
            g.output("columns", g.sum(x, 0));
            g.output("weighted", g.sum(g.mul(x, y), 0));
            g.output("all", g.mean(g.mul(x, y)));
            g.output("largest", g.maxOver(x, 1));
            g.output("smallest", g.minOver(g.neg(x), 0));
            g.output("transposed", g.sum(g.permute(x, 1, 0), 1));
        });
        Parity.check(graph, Parity.inputs(graph, rows), 1e-4);
    }

    @ParameterizedTest
    @CsvSource({"2,3,5,7", "64,32,1,9", "1,31,33,2", "5,1,3,1025", "7,64,25,3"})
    void reducesAxesBetweenOthers(int a, int b, int c, int d) {
        Graph graph = Graph.build(g -> {
            Value x = g.input("x", TensorSpec.f32(a, b, c, d));
            g.output("channels", g.sum(x, 0, 2, 3));
            g.output("middle", g.sum(g.square(x), 1, 2));
            g.output("crossed", g.maxOver(x, 1, 3));
            g.output("outer", g.sum(x, 0, 3));
        });
        Parity.check(graph, Parity.inputs(graph, a), 1e-4);
    }
}
