package dagrad.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.graph.Graph;
import dagrad.ops.Together;
import dagrad.ops.Tolerance;
import dagrad.precision.ModelGraph;
import dagrad.precision.Precision;
import dagrad.reference.GraphInterpreter;
import dagrad.reference.ModelCheck;
import dagrad.tensor.HostTensor;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Every model on every device: its loss and all gradients, in f32 and in bf16.
class ModelParityTest {
    private static final Devices DEVICES = new Devices();

    static Stream<Arguments> models() {
        return Devices.ids()
                .flatMap(id -> ModelGraph.all()
                        .flatMap(model -> Stream.of(Precision.F32, Precision.BF16)
                                .map(precision -> Arguments.of(id, model, precision))));
    }

    @AfterAll
    static void close() {
        DEVICES.close();
    }

    private static Graph joint(ModelGraph model, Precision precision) {
        return ModelCheck.withGradients(precision.of(model.loss()));
    }

    @ParameterizedTest
    @MethodSource("models")
    void lossAndGradientsAreTheReferences(String device, ModelGraph model, Precision precision) {
        Graph joint = joint(model, precision);
        DEVICES.agrees(device, new Together(List.of(new Together.Part(model.name(), joint, model.inputs()))));
    }

    /// The comparison above must be able to fail: it rejects one element of each result that is off by three tolerances,
    /// and in f32 it rejects what bf16 gives.
    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16"})
    void whatIsOffIsRejected(Precision precision) {
        ModelGraph model = ModelGraph.network("gpt");
        Graph joint = joint(model, precision);
        Map<String, HostTensor> expected =
                GraphInterpreter.rounded().evaluate(joint, model.inputs()).outputs();
        Tolerance tolerance = Tolerance.sameRoundings(joint);
        expected.forEach((name, tensor) -> {
            HostTensor damaged = tensor.copy();
            damaged.set(0, damaged.get(0) + 3 * tolerance.allowed(tensor, 0));
            assertThat(tolerance.mismatch(name, tensor, damaged)).isPresent();
        });
        Graph other = joint(model, precision == Precision.F32 ? Precision.BF16 : Precision.F32);
        HostTensor rougher =
                GraphInterpreter.rounded().evaluate(other, model.inputs()).output("gradient/head");
        assertThat(Tolerance.sameRoundings(joint(model, Precision.F32))
                        .mismatch("head", expected.get("gradient/head"), rougher))
                .isPresent();
    }
}
