package dagrad.cpu;

import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Elementwise code, reductions and products of every element type.
class LaunchesTest {
    private static void check(double tolerance, Consumer<GraphBuilder> body) {
        Graph graph = Graph.build(body);
        Parity.check(graph, Parity.inputs(graph, 1), tolerance);
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F64", "F32", "BF16"})
    void computesOnFloats(DType dtype) {
        check(1e-5, g -> {
            Value x = g.input("x", new TensorSpec(dtype, Shape.of(3, 5, 7)));
            Value y = g.input("y", new TensorSpec(dtype, Shape.of(5, 1)));
            g.output("gelu", g.geluTanh(g.add(x, y)));
            g.output("sum", g.sum(g.mul(x, y), 1));
            g.output("max", g.maxOver(g.permute(x, 2, 0, 1), 0));
            g.output("whole", g.cast(g.cast(g.mul(x, 3), DType.I32), dtype));
            g.output("product", g.matmul(x, g.permute(x, 0, 2, 1)));
        });
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"I64", "I32"})
    void computesOnIntegers(DType dtype) {
        check(0, g -> {
            Value x = g.input("x", new TensorSpec(dtype, Shape.of(3, 5, 7)));
            Value y = g.input("y", new TensorSpec(dtype, Shape.of(5, 1)));
            g.output("mod", g.mod(g.sub(g.mul(x, x), g.mul(y, y)), y));
            g.output("sum", g.sum(g.mul(x, y), 1));
            g.output("max", g.maxOver(g.permute(x, 2, 0, 1), 0));
            g.output("real", g.cast(x, DType.F32));
        });
    }
}
