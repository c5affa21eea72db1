package dagrad.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.gradient.Gradients;
import dagrad.graph.Constant;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Literal;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphJsonTest {
    private static Graph reread(Graph graph) {
        return GraphJson.parse(GraphJson.text(graph), "test.json").verify();
    }

    @Test
    void everyOperationSurvives() {
        Graph graph = EveryOp.graph();
        assertThat(reread(graph).fingerprint()).isEqualTo(graph.fingerprint());
        assertThat(GraphJson.text(reread(graph))).isEqualTo(GraphJson.text(graph));
    }

    /// A training step: gradients, updates, scopes, a result that is not a node's first.
    static Graph step() {
        return Graph.build(g -> {
            Value x = g.input("x", TensorSpec.f32(8, 4));
            Value target = g.input("target", TensorSpec.i32(8));
            Value w = g.scope("head", () -> g.parameter("w", TensorSpec.f32(3, 4)));
            Value b = g.scope("head", () -> g.parameter("b", TensorSpec.f32(3)));
            Value loss = g.scope("loss", () -> g.crossEntropy(g.linear(x, w, b), target, -1));
            g.output("loss", loss);
            Gradients.of(g, loss, List.of(w, b)).forEach((p, d) -> g.update(p, g.sub(p, g.mul(d, 0.1))));
        });
    }

    @Test
    void aTrainingStepSurvives() {
        Graph step = step();
        Graph back = reread(step);
        assertThat(back.fingerprint()).isEqualTo(step.fingerprint());
        assertThat(back.nodes().getLast().origin().scope())
                .isEqualTo(step.nodes().getLast().origin().scope());
        assertThat(back.inputs(Input.Kind.PARAMETER)).containsOnlyKeys("head/w", "head/b");
    }

    @Test
    void filesAreReadAndWritten(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("step.json");
        GraphJson.write(step(), file);
        GraphJson.write(step(), file);
        assertThat(GraphJson.read(file).fingerprint()).isEqualTo(step().fingerprint());
        assertThat(folder.toFile().list()).containsExactly("step.json");
        assertThatThrownBy(() -> GraphJson.read(folder.resolve("no.json")))
                .isInstanceOf(FileException.class)
                .hasMessageContaining("cannot read")
                .hasMessageContaining("there is no ");
        Files.write(file, new byte[] {'{', (byte) 0xFF, '}'});
        assertThatThrownBy(() -> GraphJson.read(file))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("not UTF-8");
    }

    @Property(tries = 300)
    void everyDoubleSurvives(@ForAll @Size(max = 5) List<Double> values, @ForAll long bits) {
        // All NaNs are one in a file: the bits behind them are nobody's business.
        double any = Double.longBitsToDouble(bits);
        values.addAll(
                List.of(Double.isNaN(any) ? 0 : any, Double.NaN, Double.NEGATIVE_INFINITY, -0.0, 1e15, 0x1p53, 0x1p63));
        Literal literal = Literal.of(values.stream().mapToDouble(d -> d).toArray());
        for (DType type : List.of(DType.F64, DType.F32, DType.BF16)) {
            assertConstantSurvives(new Constant(new TensorSpec(type, Shape.of(values.size())), literal));
        }
    }

    @Property(tries = 300)
    void everyLongSurvives(@ForAll @Size(min = 2, max = 5) long[] values) {
        HostTensor tensor = HostTensor.zeros(new TensorSpec(DType.I64, Shape.of(values.length)));
        for (int i = 0; i < values.length; i++) {
            tensor.data().setAtIndex(ValueLayout.JAVA_LONG, i, values[i]);
        }
        assertConstantSurvives(new Constant(tensor.spec(), Literal.copyOf(tensor)));
        assertConstantSurvives(new Constant(TensorSpec.i32(values.length), Literal.copyOf(tensor)));
    }

    private static void assertConstantSurvives(Constant constant) {
        Graph graph = Graph.build(g -> g.output("c", g.apply(constant)));
        assertThat(reread(graph).nodes().getFirst().op()).isEqualTo(constant);
    }

    @Test
    void aPersonMayUseIdsNamesAndDefaults() {
        Graph graph = GraphJson.parse("""
                {"format": "dagrad-graph", "version": 1,
                 "nodes": [
                   {"op": "input", "name": "x", "shape": [2, 3]},
                   {"op": "input", "name": "w", "kind": "parameter", "shape": [2, 3]},
                   {"op": "mul", "in": ["x", "w"], "id": "product"},
                   {"op": "reduce_sum", "in": [["product", 0]], "axes": [0, 1], "scope": "loss"},
                   {"op": "reshape", "in": [3], "shape": []}
                 ],
                 "outputs": {"loss": 4}}
                """, "hand.json");
        Graph same = Graph.build(g -> g.output(
                "loss", g.sum(g.mul(g.input("x", TensorSpec.f32(2, 3)), g.parameter("w", TensorSpec.f32(2, 3))))));
        assertThat(graph.verify().fingerprint()).isEqualTo(same.fingerprint());
        assertThat(graph.nodes().get(2).origin()).hasToString("hand.json node 2 (\"product\")");
        assertThat(graph.nodes().get(3).origin()).hasToString("loss (hand.json node 3)");
    }
}
