package dagrad.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dagrad.backend.Backend;
import dagrad.backend.Backends;
import dagrad.backend.DeviceOptions;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Input;
import dagrad.graph.MatMul;
import dagrad.graph.Node;
import dagrad.graph.Value;
import dagrad.ops.Tolerance;
import dagrad.precision.ModelGraph;
import dagrad.reference.GraphInterpreter;
import dagrad.reference.ModelCheck;
import dagrad.reference.SampleInputs;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Where TF32 is allowed, products of f32 have factors of 11 significant bits and everything else is f32: what CUDA
/// gives is what the reference gives whose products' factors are rounded so.
class Tf32Test {
    /// Half a unit in the last of 11 bits.
    private static final double UNIT = 0x1p-11;

    private static Backend device;

    @BeforeAll
    static void open() {
        assumeTrue(Devices.ids().anyMatch("cuda"::equals), "no CUDA device, and no emulator");
        device = Backends.open("cuda", new DeviceOptions(1, true), _ -> {});
    }

    @AfterAll
    static void close() {
        if (device != null) {
            device.close();
        }
    }

    /// To nearest, ties away from zero: what `cvt.rna.tf32.f32` of the PTX manual does.
    private static HostTensor rounded(HostTensor tensor) {
        HostTensor result = tensor.copy();
        for (long i = 0; i < result.size(); i++) {
            int bits = Float.floatToIntBits((float) result.get(i));
            result.set(i, Float.intBitsToFloat(bits + 0x1000 & ~0x1fff));
        }
        return result;
    }

    private static Map<String, HostTensor> byTheReference(Graph graph, Map<String, HostTensor> inputs) {
        return GraphInterpreter.rounded().evaluate(graph, inputs).outputs();
    }

    /// One product, whose factors can be rounded beforehand: to the last bits of f32. And as far from the exact product
    /// as two roundings of each term can be, but not as near as f32 is.
    @Test
    void aProductsFactorsAreRounded() {
        int k = 96;
        Graph graph = Graph.build(g -> g.output(
                "c", g.matmul(g.parameter("a", TensorSpec.f32(24, k)), g.parameter("b", TensorSpec.f32(k, 40)))));
        Map<String, HostTensor> inputs = SampleInputs.of(graph, 5);
        HostTensor found = Devices.run(device, graph, inputs).get("c");
        Map<String, HostTensor> short11 = new HashMap<>(inputs);
        short11.replaceAll((_, tensor) -> rounded(tensor));
        HostTensor expected = byTheReference(graph, short11).get("c");
        Tolerance tolerance = Tolerance.of(DType.F32, k);
        assertThat(tolerance.mismatch("c", expected, found)).isEmpty();
        HostTensor exact = byTheReference(graph, inputs).get("c");
        assertThat(tolerance.mismatch("c", exact, found)).isPresent();
        Map<String, HostTensor> sizes = new HashMap<>(inputs);
        sizes.replaceAll((_, tensor) -> absolute(tensor));
        HostTensor terms = byTheReference(graph, sizes).get("c");
        for (long i = 0; i < exact.size(); i++) {
            assertThat(Math.abs(found.get(i) - exact.get(i))).isLessThan(2.01 * UNIT * terms.get(i));
        }
    }

    private static HostTensor absolute(HostTensor tensor) {
        HostTensor result = tensor.copy();
        for (long i = 0; i < result.size(); i++) {
            result.set(i, Math.abs(result.get(i)));
        }
        return result;
    }

    /// Whole models. What differs in the last bits of f32 now and then falls on the other side of a rounding, and then
    /// all that follows differs more: little in three layers, much in twenty. So results are compared in norm, and must
    /// be nearer to the reference that rounds than that one is to the reference that does not. (One that rounded
    /// elsewhere would be as far from either; roundings that have nothing to do with each other are √2 as far apart.)
    ///
    /// @param part of what rounding does, that may be left
    @ParameterizedTest
    @CsvSource({"mlp, 0.01", "gpt, 0.7"})
    void aModelsProductsAreRoundedAndNothingElse(String name, double part) {
        ModelGraph model = ModelGraph.network(name);
        Graph joint = ModelCheck.withGradients(model.loss());
        Map<String, HostTensor> exact = byTheReference(joint, model.inputs());
        Map<String, HostTensor> expected = byTheReference(withRoundedFactors(joint), model.inputs());
        Map<String, HostTensor> found = Devices.run(device, joint, model.inputs());
        expected.forEach((output, tensor) -> {
            double rounding = apart(tensor, exact.get(output));
            assertThat(rounding).as(output).isBetween(0x1p-20 * norm(tensor), 8 * UNIT * norm(tensor));
            assertThat(apart(tensor, found.get(output))).as(output).isLessThan(part * rounding);
        });
    }

    private static double norm(HostTensor x) {
        return apart(x, HostTensor.zeros(x.spec()));
    }

    private static double apart(HostTensor x, HostTensor y) {
        double sum = 0;
        for (long i = 0; i < x.size(); i++) {
            sum = Math.hypot(sum, x.get(i) - y.get(i));
        }
        return sum;
    }

    private static Graph withRoundedFactors(Graph graph) {
        return Graph.build(g -> {
            Map<Value, Value> here = new HashMap<>();
            for (Node node : graph.nodes()) {
                List<Value> operands = node.inputs().stream().map(here::get).toList();
                List<Value> results = switch (node.op()) {
                    case Input input -> List.of(g.declare(input));
                    case MatMul product ->
                        g.applyAll(
                                product,
                                operands.stream().map(x -> shortened(g, x)).toList());
                    default -> g.applyAll(node.op(), operands);
                };
                for (int i = 0; i < results.size(); i++) {
                    here.put(node.out(i), results.get(i));
                }
            }
            graph.outputs().forEach((output, value) -> g.output(output, here.get(value)));
        });
    }

    /// The upper 11 bits of an f32, to nearest: c - (c - x) with c = (2^13 + 1) x, each rounded to f32 (Dekker, "A
    /// floating-point technique for extending the available precision", 1971).
    private static Value shortened(GraphBuilder g, Value x) {
        Value c = g.mul(x, 0x1p13 + 1);
        return g.sub(c, g.sub(c, x));
    }
}
