package dagrad.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.precision.Precision;
import dagrad.tensor.TensorSpec;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// A gradient that goes astray on purpose, as no operation's rule does by mistake.
class WrongRuleTest {
    /// Σ tanh(x W)² σ(x W), whose second factor may be taken for a constant.
    private static Graph loss(boolean isStopped) {
        return Graph.build(g -> {
            Value x = g.input("x", TensorSpec.f32(3, 4));
            Value w = g.parameter("w", TensorSpec.f32(4, 2));
            Value h = g.matmul(x, w);
            Value gate = g.sigmoid(h);
            Value y = g.mul(g.square(g.tanh(h)), isStopped ? g.stopGradient(gate) : gate);
            g.output("loss", g.sum(y));
        });
    }

    @Test
    void theValueWhoseGradientIsLostIsNamed() {
        Graph graph = loss(true);
        WrongRule wrong = WrongRule.of(graph, SampleInputs.of(graph, 1), 1).orElseThrow();
        assertThat(wrong.value()).contains("sigmoid(");
        assertThat(wrong.readers()).singleElement().asString().contains("stop_gradient(");
        assertThat(wrong.found()).isZero();
        assertThat(Math.abs(wrong.expected())).isGreaterThan(1e-3);
        assertThat(wrong.toText()).contains("WrongRuleTest.java:", "the reverse pass goes wrong");
    }

    @Test
    void whereAllIsRightNoneIs() {
        Graph graph = loss(false);
        assertThat(WrongRule.of(graph, SampleInputs.of(graph, 1), 1)).isEmpty();
        assertThat(ModelCheck.of(graph, Precision.F32, SampleInputs.of(graph, 1), 1, Optional.empty())
                        .agrees())
                .isTrue();
    }
}
