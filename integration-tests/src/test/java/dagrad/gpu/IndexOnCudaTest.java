package dagrad.gpu;

import static dagrad.gpu.OnCuda.random;
import static dagrad.gpu.OnCuda.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.backend.DeviceException;
import dagrad.graph.ArgMax;
import dagrad.graph.Fold;
import dagrad.graph.Gather;
import dagrad.graph.Graph;
import dagrad.graph.ScatterAdd;
import dagrad.graph.Window;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Gathering, scattering and finding by number, of every element type.
class IndexOnCudaTest {
    @RegisterExtension
    static final OnCuda CUDA = new OnCuda();

    /// How the numbers of rows are spread.
    enum Spread {
        EVEN,
        /// Half of them the same, as words are.
        SKEWED,
        /// All the last one.
        ONE,
        /// Sorted, as a network's edges are.
        SORTED
    }

    private static HostTensor numbers(DType type, int count, int rows, Spread spread) {
        Random random = new Random(3);
        HostTensor result = HostTensor.zeros(spec(type, count));
        for (int i = 0; i < count; i++) {
            result.set(
                    i,
                    switch (spread) {
                        case EVEN -> random.nextInt(rows);
                        case SKEWED -> random.nextBoolean() ? rows / 2 : random.nextInt(rows);
                        case ONE -> rows - 1;
                        case SORTED -> Math.floor((double) i * rows / count);
                    });
        }
        return result;
    }

    @ParameterizedTest
    @CsvSource({
        // type, indices, count, rows, width, spread
        "F32, I32, 1, 1, 1, EVEN",
        "F32, I32, 32, 1, 5, ONE",
        "F32, I32, 33, 2, 3, SORTED",
        "F32, I32, 3000, 3, 1, EVEN",
        "F32, I32, 5000, 700, 1, SORTED",
        "F32, I64, 2000, 70000, 1, SKEWED",
        "F32, I32, 500, 300, 300, SKEWED",
        "F32, I32, 300, 256, 64, ONE",
        "F32, I32, 40000, 257, 1, EVEN",
        "BF16, I32, 700, 500, 40, SKEWED",
        "BF16, I32, 700, 5, 13, EVEN",
        "F64, I32, 1000, 7, 3, EVEN",
        "I32, I64, 1000, 7, 3, EVEN",
        "I64, I32, 1000, 7, 3, SKEWED",
    })
    void scatterAdd(DType type, DType indices, int count, int rows, int width, Spread spread) {
        TensorSpec updates = spec(type, count, width);
        HostTensor i = numbers(indices, count, rows, spread);
        Graph graph = Graph.build(g ->
                g.output("y", g.apply(new ScatterAdd(rows), g.input("i", i.spec()), g.input("u", updates))));
        double tolerance = type == DType.F64 ? 1e-14 : type.isFloating() ? 2e-6 : 0;
        CUDA.check(graph, Map.of("i", i, "u", values(updates)), tolerance);
    }

    /// Random ones; integers so large that sums of i32 wrap around, and that those of i64 need more than a double has.
    private static HostTensor values(TensorSpec spec) {
        if (spec.dtype().isFloating()) {
            return random(spec, 1);
        }
        HostTensor result = HostTensor.zeros(spec);
        for (long i = 0; i < result.size(); i++) {
            result.set(i, (spec.dtype() == DType.I32 ? Integer.MAX_VALUE : 0x1p52) - 3.0 * i);
        }
        return result;
    }

    @ParameterizedTest
    @CsvSource({
        "F32, I32, 300, 70, 1", "F32, I64, 40, 7, 33", "F32, I32, 9, 5, 2052", "BF16, I32, 40, 7, 33",
        "BF16, I64, 40, 7, 768", "F64, I32, 40, 7, 3", "I32, I32, 40, 7, 6", "I64, I64, 40, 7, 6"
    })
    void gather(DType type, DType indices, int count, int rows, int width) {
        TensorSpec table = spec(type, rows, width);
        HostTensor i = numbers(indices, count, rows, Spread.EVEN);
        Graph graph =
                Graph.build(g -> g.output("y", g.apply(new Gather(), g.input("x", table), g.input("i", i.spec()))));
        CUDA.check(graph, Map.of("i", i, "x", values(table)), 0);
    }

    @ParameterizedTest
    @CsvSource({"I32, -1", "I32, 7", "I64, 7", "I64, -2147483648"})
    void anIndexOutsideOfTheTableIsAnError(DType type, int bad) {
        HostTensor i = numbers(type, 40, 7, Spread.EVEN);
        i.set(33, bad);
        Graph gather = Graph.build(g ->
                g.output("y", g.apply(new Gather(), g.input("x", TensorSpec.f32(7, 3)), g.input("i", i.spec()))));
        assertThatThrownBy(() -> CUDA.run(gather, Map.of("i", i, "x", random(TensorSpec.f32(7, 3), 1))))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("gather: index " + bad);
        Graph scatter = Graph.build(g ->
                g.output("y", g.apply(new ScatterAdd(7), g.input("i", i.spec()), g.input("u", TensorSpec.f32(40, 3)))));
        assertThatThrownBy(() -> CUDA.run(scatter, Map.of("i", i, "u", random(TensorSpec.f32(40, 3), 1))))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("scatter_add: index " + bad);
    }

    @ParameterizedTest
    @EnumSource
    void argMax(DType type) {
        TensorSpec spec = spec(type, 3, 70, 5);
        HostTensor x = values(spec);
        // The first of equals, and NaN before all numbers.
        x.set(40, x.get(0));
        if (type.isFloating()) {
            x.set(5 * 33 + 1, Double.NaN);
            x.set(5 * 60 + 1, Double.NaN);
            x.set(350 + 5 * 20, Double.POSITIVE_INFINITY);
            x.set(350 + 5 * 10, Double.POSITIVE_INFINITY);
        }
        Graph graph = Graph.build(g -> {
            g.output("outer", g.apply(new ArgMax(0), g.input("x", spec)));
            g.output("middle", g.apply(new ArgMax(1), g.input("x", spec)));
            g.output("inner", g.apply(new ArgMax(2), g.input("x", spec)));
            g.output("long", g.apply(new ArgMax(0), g.input("row", spec(type, 1050))));
        });
        HostTensor row = HostTensor.zeros(spec(type, 1050));
        row.set(700, 3);
        row.set(1049, 3);
        Map<String, HostTensor> inputs = Map.of("x", x, "row", row);
        CUDA.check(graph, inputs, 0);
        assertThat(CUDA.run(graph, inputs).get("long").get(0)).isEqualTo(700);
    }

    @ParameterizedTest
    @EnumSource
    void fold(DType type) {
        Window window = new Window(3, 2, 2, 1, 1, 3);
        TensorSpec spec = spec(type, 2, 3, 3, 2, window.positionsH(9), window.positionsW(11));
        Graph graph = Graph.build(g -> g.output("x", g.apply(new Fold(window, 9, 11), g.input("z", spec))));
        double tolerance = type == DType.BF16 ? 0x1p-8 : type == DType.F32 ? 1e-6 : type == DType.F64 ? 1e-15 : 0;
        CUDA.check(graph, Map.of("z", values(spec)), tolerance);
    }
}
