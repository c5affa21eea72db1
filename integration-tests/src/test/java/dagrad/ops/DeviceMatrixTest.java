package dagrad.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.parity.Devices;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The matrix on every device of this machine: operations and their gradients in f32 and bf16, against the oracle that
/// rounds at every node. A backend on the class path is found by itself. All samples of a row are one graph, as a
/// device's compiler takes longer to start than to compile them.
class DeviceMatrixTest {
    private static final Devices DEVICES = new Devices();

    static Stream<Arguments> rows() {
        List<Row> sampled = OpSamples.rows().stream()
                .filter(row -> !row.samples().isEmpty())
                .toList();
        return Devices.ids().flatMap(id -> sampled.stream().map(row -> Arguments.of(id, row)));
    }

    static Stream<Arguments> kinks() {
        return Devices.ids().flatMap(id -> Kink.all().stream().map(kink -> Arguments.of(id, kink)));
    }

    @AfterAll
    static void close() {
        DEVICES.close();
    }

    /// The results are the oracle's, and so are the gradients.
    @ParameterizedTest
    @MethodSource("rows")
    void operations(String device, Row row) {
        List<Together.Part> parts = OpCheck.TYPES.stream()
                .flatMap(dtype -> row.parts(dtype).stream())
                .toList();
        DEVICES.agrees(device, new Together(parts));
    }

    /// At kinks the gradients are exactly what was agreed on.
    @ParameterizedTest
    @MethodSource("kinks")
    void kink(String device, Kink kink) {
        Map<String, HostTensor> outputs = DEVICES.run(device, kink.graph(DType.F32), kink.inputs(DType.F32));
        for (int i = 0; i < kink.operands().size(); i++) {
            assertThat(outputs.get("gradient/in" + i).doubles())
                    .as("gradient of operand %d", i)
                    .containsExactly(kink.gradients().get(i));
        }
    }
}
