package dagrad.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.reference.GraphInterpreter;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// At kinks the gradient is what was agreed on, exactly.
class KinkTest {
    static List<Kink> kinks() {
        return Kink.all();
    }

    @ParameterizedTest
    @MethodSource("kinks")
    void reference(Kink kink) {
        Map<String, HostTensor> outputs = GraphInterpreter.exact()
                .evaluate(kink.graph(DType.F64), kink.inputs(DType.F64))
                .outputs();
        for (int i = 0; i < kink.operands().size(); i++) {
            assertThat(outputs.get("gradient/in" + i).doubles())
                    .as("gradient of operand %d", i)
                    .containsExactly(kink.gradients().get(i));
        }
    }
}
