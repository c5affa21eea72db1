package dagrad.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.reference.GraphInterpreter;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The lecture's worked example as a plain graph: the formulas derived by hand, the interpreter, the reverse pass and
/// difference quotients agree. The lecture's printed formulas contain two slips, which are shown to be slips.
class WorkedExampleTest {
    private static final double R1 = -1;
    private static final double R2 = 1;

    private record Theta(double t1, double t2, double t3) {
        Map<String, HostTensor> inputs() {
            return Map.of("t1", scalar(t1), "t2", scalar(t2), "t3", scalar(t3));
        }

        private static HostTensor scalar(double value) {
            return HostTensor.of(TensorSpec.f64(), value);
        }
    }

    /// By hand, lecture "The worked example", from (12) and (13).
    private record ByHand(double s1, double s2, double y4, double y5, double j, double d1, double d2, double d3) {
        static ByHand of(Theta t) {
            double e1 = Math.exp(t.t1() * R1);
            double e2 = Math.exp(t.t2() * R2);
            double s1 = e1 / (e1 + e2);
            double s2 = e2 / (e1 + e2);
            double y4 = 1 / (1 + Math.exp(-(t.t1() * R1 + t.t3() * R2)));
            double y5 = t.t2() * R1 + t.t2() * s1 + t.t3() * y4;
            double delta5 = 2 * y5;
            double deltaS1 = delta5 * t.t2();
            double dz1 = s1 + deltaS1 * s1 * (1 - s1);
            double dz2 = (s2 - 1) - deltaS1 * s1 * s2;
            double du = delta5 * t.t3() * y4 * (1 - y4);
            return new ByHand(
                    s1,
                    s2,
                    y4,
                    y5,
                    -Math.log(s2) + y5 * y5,
                    R1 * dz1 + R1 * du,
                    R2 * dz2 + delta5 * R1 + delta5 * s1,
                    R2 * du + delta5 * y4);
        }
    }

    static Stream<Theta> thetas() {
        return Stream.of(
                new Theta(0, 0, 0),
                new Theta(1, 1, 1),
                new Theta(0.5, -1.25, 2),
                new Theta(-2, 0.75, -0.3),
                new Theta(3, -3, 1.5),
                new Theta(-0.1, 4, -2.5));
    }

    private static Graph network() {
        return Graph.build(g -> {
            Value t1 = g.parameter("t1", TensorSpec.f64());
            Value t2 = g.parameter("t2", TensorSpec.f64());
            Value t3 = g.parameter("t3", TensorSpec.f64());
            Value r1 = g.like(t1, R1);
            Value r2 = g.like(t1, R2);
            Value s = g.softmax(g.stack(0, g.mul(t1, r1), g.mul(t2, r2)), 0);
            Value s1 = g.output("s1", g.index(s, 0, 0));
            Value s2 = g.output("s2", g.index(s, 0, 1));
            Value y4 = g.output("y4", g.sigmoid(g.add(g.mul(t1, r1), g.mul(t3, r2))));
            Value y5 = g.output("y5", g.add(g.add(g.mul(t2, r1), g.mul(t2, s1)), g.mul(t3, y4)));
            g.output("j", g.add(g.neg(g.log(s2)), g.square(y5)));
        });
    }

    @ParameterizedTest
    @MethodSource("thetas")
    void forward(Theta theta) {
        ByHand hand = ByHand.of(theta);
        Map<String, HostTensor> outputs =
                GraphInterpreter.exact().evaluate(network(), theta.inputs()).outputs();
        assertThat(outputs.get("s1").scalar()).isCloseTo(hand.s1(), within(1e-15));
        assertThat(outputs.get("s2").scalar()).isCloseTo(hand.s2(), within(1e-15));
        assertThat(outputs.get("y4").scalar()).isCloseTo(hand.y4(), within(1e-15));
        assertThat(outputs.get("y5").scalar()).isCloseTo(hand.y5(), within(1e-14));
        assertThat(outputs.get("j").scalar()).isCloseTo(hand.j(), within(1e-13));
    }

    @ParameterizedTest
    @MethodSource("thetas")
    void backward(Theta theta) {
        ByHand hand = ByHand.of(theta);
        GradientCheck check = check(theta);
        Map<String, HostTensor> gradients = check.gradients();
        assertThat(gradients.get("t1").scalar()).isCloseTo(hand.d1(), within(1e-13));
        assertThat(gradients.get("t2").scalar()).isCloseTo(hand.d2(), within(1e-13));
        assertThat(gradients.get("t3").scalar()).isCloseTo(hand.d3(), within(1e-13));
        for (String parameter : gradients.keySet()) {
            GradientCheck.Outcome outcome =
                    check.compare(gradients, Map.of(parameter, HostTensor.of(TensorSpec.f64(), 1)));
            assertThat(outcome.agrees()).as("%s: %s", parameter, outcome).isTrue();
        }
    }

    /// The lecture prints δ₁³ = 2 y₅; by (13) it is 2 y₅ θ₂. Differences decide.
    @Test
    void theGradientAtTheSoftmaxHasTheFactorOfItsEdge() {
        Theta theta = new Theta(0.5, -1.25, 2);
        ByHand hand = ByHand.of(theta);
        double lost = R1 * (2 * hand.y5() - 2 * hand.y5() * theta.t2()) * hand.s1() * (1 - hand.s1());
        GradientCheck check = check(theta);
        assertThat(slope(check, "t1")).isCloseTo(hand.d1(), within(1e-9));
        assertThat(Math.abs(lost)).isGreaterThan(0.1);
    }

    /// The lecture prints y₅ = θ₂ s₁ + θ₃ y₄, without the edge from node 1 that its list of edges has: its own
    /// ∂J/∂θ₂ contains that edge's 2 y₅ r¹, and is the slope only if y₅ has it too.
    @Test
    void theEdgeFromNodeOneCounts() {
        Theta theta = new Theta(0.5, -1.25, 2);
        ByHand hand = ByHand.of(theta);
        assertThat(slope(check(theta), "t2")).isCloseTo(hand.d2(), within(1e-9));
        Graph without = Graph.build(g -> {
            Value t2 = g.parameter("t2", TensorSpec.f64());
            Value z1 = g.like(t2, theta.t1() * R1);
            Value s = g.softmax(g.stack(0, z1, g.mul(t2, R2)), 0);
            Value y5 = g.add(g.mul(t2, g.index(s, 0, 0)), theta.t3() * hand.y4());
            g.output("j", g.add(g.neg(g.log(g.index(s, 0, 1))), g.square(y5)));
        });
        GradientCheck printed = new GradientCheck(
                without,
                Map.of("t2", HostTensor.of(TensorSpec.f64(), theta.t2())),
                Map.of("j", HostTensor.of(TensorSpec.f64(), 1)));
        assertThat(Math.abs(slope(printed, "t2") - hand.d2())).isGreaterThan(0.1);
    }

    private static GradientCheck check(Theta theta) {
        return new GradientCheck(network(), theta.inputs(), Map.of("j", HostTensor.of(TensorSpec.f64(), 1)));
    }

    /// ∂J/∂θ by difference quotients alone.
    private static double slope(GradientCheck check, String parameter) {
        Map<String, HostTensor> one = Map.of(parameter, HostTensor.of(TensorSpec.f64(), 1));
        return check.compare(one, one).numeric();
    }
}
