package dagrad.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.reference.GraphInterpreter;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The check of gradients, checked: it finds faults of the kind that people make, and finds none where there is none.
class FaultTest {
    static Stream<Fault> faults() {
        return Fault.all();
    }

    @ParameterizedTest
    @MethodSource("faults")
    void isFound(Fault fault) {
        assertThat(outcome(fault, fault.right()).agrees()).as("the right rule").isTrue();
        assertThat(outcome(fault, fault.wrong()).agrees()).as("the wrong rule").isFalse();
    }

    private static GradientCheck.Outcome outcome(Fault fault, Fault.Derivative rule) {
        Sample sample = fault.sample();
        GradientCheck check = GradientCheck.random(fault.graph(), sample.inputs(DType.F64), sample.seed());
        Map<String, HostTensor> inputs = new LinkedHashMap<>(check.inputs());
        inputs.put("dy", check.seeds().get("out0"));
        HostTensor gradient =
                GraphInterpreter.exact().evaluate(fault.gradient(rule), inputs).output("dx");
        return check.compare(Map.of("in0", gradient), check.randomDirection(sample.seed() + 1, "in0"));
    }
}
