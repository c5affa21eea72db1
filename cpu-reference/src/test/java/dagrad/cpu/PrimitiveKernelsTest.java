package dagrad.cpu;

import static dagrad.cpu.KernelCheck.check;
import static dagrad.cpu.KernelCheck.random;
import static dagrad.cpu.KernelCheck.spec;
import static dagrad.tensor.TensorSpec.f32;
import static dagrad.tensor.TensorSpec.i32;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.backend.DeviceException;
import dagrad.graph.Fold;
import dagrad.graph.Graph;
import dagrad.graph.Philox;
import dagrad.graph.Window;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The primitives that are launched by themselves, in every element type they can have.
class PrimitiveKernelsTest {
    @ParameterizedTest
    @EnumSource(DType.class)
    void gatherCopiesRows(DType type) {
        for (int[] shape : new int[][] {{7, 5}, {5}, {4, 2, 3}, {300, 130}}) {
            HostTensor x = random(spec(type, shape), 1);
            HostTensor indices = random(spec(type == DType.I64 ? DType.I64 : DType.I32, 3, 337), 2, shape[0]);
            Graph graph =
                    Graph.build(g -> g.output("y", g.gather(g.input("x", x.spec()), g.input("i", indices.spec()))));
            check(graph, Map.of("x", x, "i", indices), 0);
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void scatterAddSumsRows(DType type) {
        for (int[] row : new int[][] {{}, {1}, {5}, {130}, {3, 16}}) {
            int[] shape =
                    IntStream.concat(IntStream.of(1000), IntStream.of(row)).toArray();
            HostTensor updates = random(spec(type, shape), 1);
            HostTensor indices = random(spec(type == DType.I64 ? DType.I64 : DType.I32, 1000), 2, 90);
            Graph graph = Graph.build(g ->
                    g.output("y", g.scatterAdd(g.input("i", indices.spec()), g.input("u", updates.spec()), 100)));
            check(graph, Map.of("u", updates, "i", indices), type == DType.BF16 ? 4e-3 : 1e-6);
        }
    }

    @Test
    void indicesOutOfRangeAreNamed() {
        HostTensor x = random(f32(4, 3), 1);
        Graph gather = Graph.build(g -> g.output("y", g.gather(g.input("x", f32(4, 3)), g.input("i", i32(3)))));
        assertThatThrownBy(() -> Parity.run(gather, Map.of("x", x, "i", HostTensor.of(new int[] {0, 4, 1}, 3)), 2))
                .isInstanceOf(DeviceException.class)
                .hasMessageStartingWith("gather ")
                .hasMessageEndingWith(": index 4 (element 1) is outside of 0..3; the table has 4 rows");
        TensorSpec wide = new TensorSpec(DType.I64, Shape.of(2));
        Graph scatter = Graph.build(g -> g.output("y", g.scatterAdd(g.input("i", wide), g.input("u", f32(2)), 5)));
        HostTensor indices = HostTensor.of(new long[] {1, -(1L << 33)}, 2);
        assertThatThrownBy(() -> Parity.run(scatter, Map.of("u", random(f32(2), 1), "i", indices), 1))
                .isInstanceOf(DeviceException.class)
                .hasMessageStartingWith("scatter_add ")
                .hasMessageEndingWith(": index -8589934592 (element 1) is outside of 0..4; the table has 5 rows");
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void argmaxAlongEveryAxis(DType type) {
        HostTensor x = random(spec(type, 6, 33, 100), 1, 5);
        for (int axis = 0; axis < 3; axis++) {
            int along = axis;
            Graph graph = Graph.build(g -> g.output("y", g.argmax(g.input("x", x.spec()), along)));
            check(graph, Map.of("x", x), 0);
        }
    }

    @Test
    void argmaxTakesTheFirstAndNanIsLargest() {
        for (DType type : new DType[] {DType.F32, DType.F64}) {
            HostTensor x = HostTensor.of(spec(type, 4, 3), 1, 3, 3, 2, Double.NaN, Double.NaN, 7, 7, 7, 0, -0.0, 0);
            Graph graph = Graph.build(g -> g.output("y", g.argmax(g.input("x", x.spec()), 1)));
            check(graph, Map.of("x", x), 0);
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void foldAddsWindows(DType type) {
        Window[] windows = {new Window(3, 2, 1, 1, 1, 1), new Window(2, 3, 2, 3, 2, 1), new Window(1, 1, 1, 2, 1, 1)};
        for (Window w : windows) {
            HostTensor x = random(spec(type, 2, 3, w.kh(), w.kw(), w.positionsH(9), w.positionsW(11)), 1);
            Graph graph = Graph.build(g -> g.output("y", g.apply(new Fold(w, 9, 11), g.input("x", x.spec()))));
            check(graph, Map.of("x", x), type == DType.BF16 ? 4e-3 : 1e-6);
        }
    }

    @Test
    void philoxDrawsTheDocumentedBits() {
        for (int[] shape : new int[][] {{}, {3}, {5, 7}, {9000}}) {
            Graph graph = Graph.build(g -> g.output(
                    "y", g.apply(new Philox(3, Shape.of(shape)), g.input("seed", i32(2)), g.input("step", i32()))));
            check(
                    graph,
                    Map.of(
                            "seed", HostTensor.of(new int[] {-5, 1 << 30}, 2),
                            "step", HostTensor.of(new int[] {77})),
                    0);
        }
    }
}
