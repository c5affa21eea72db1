package dagrad.models.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dagrad.models.network.ScalarNetwork.Output;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The lecture's worked example, by the formulas that follow from its edge list by hand.
///
/// The lecture as printed has two slips, which are not followed here. Its forward formula y₅ = θ2 s₁ + θ3 y₄
/// leaves out the edge 1→5, which its edge list has and its ∂J/∂θ2 includes ("(2y₅) r¹"). And it prints δ₁³ = 2y₅
/// where (13) gives 2y₅ θ2, the edge 3→5 carrying θ2. Finite differences of the forward pass settle both.
class LectureExampleTest {
    private static final double EXACT = 1e-14;

    private NetworkFile file;

    @BeforeEach
    void read() {
        file = NetworkJson.read(Path.of("..", "examples", "lecture.json"));
    }

    static Stream<double[]> thetas() {
        return Stream.of(
                new double[] {0.5, -0.75, 1.25},
                new double[] {1, 1, 1},
                new double[] {-2, 0.3, 0},
                new double[] {0, 0, 0},
                new double[] {3, -4, 2.5});
    }

    /// All that the lecture derives by hand, for one θ.
    private record ByHand(double t1, double t2, double t3, double r1, double r2) {
        double s1() {
            return Math.exp(t1 * r1) / (Math.exp(t1 * r1) + Math.exp(t2 * r2));
        }

        double s2() {
            return 1 - s1();
        }

        double y4() {
            return 1 / (1 + Math.exp(-(t1 * r1 + t3 * r2)));
        }

        /// With the edge 1→5.
        double y5() {
            return t2 * r1 + t2 * s1() + t3 * y4();
        }

        double objective() {
            return -Math.log(s2()) + y5() * y5();
        }

        /// With the factor θ2.
        double delta31() {
            return 2 * y5() * t2;
        }

        double byU() {
            return 2 * y5() * t3 * y4() * (1 - y4());
        }

        double byZ1() {
            return s1() + delta31() * s1() * (1 - s1());
        }

        double byZ2() {
            return (s2() - 1) - delta31() * s1() * s2();
        }

        double[] gradient() {
            return new double[] {
                r1 * byZ1() + r1 * byU(), r2 * byZ2() + 2 * y5() * r1 + 2 * y5() * s1(), r2 * byU() + 2 * y5() * y4()
            };
        }
    }

    private Explain explain(double... theta) {
        return Explain.of(file.network(), theta, new double[] {-1, 1});
    }

    @ParameterizedTest
    @MethodSource("thetas")
    void agreesWithTheFormulas(double[] theta) {
        ByHand hand = new ByHand(theta[0], theta[1], theta[2], -1, 1);
        Explain explain = explain(theta);

        assertThat(explain.outputs()).containsExactly(new double[] {hand.s1(), hand.s2(), hand.y5()}, within(EXACT));
        assertThat(explain.objective()).isCloseTo(hand.objective(), within(EXACT));
        assertThat(explain.delta(new Output(4, 0))).isCloseTo(2 * hand.y5(), within(EXACT));
        assertThat(explain.delta(new Output(2, 0))).isCloseTo(hand.delta31(), within(EXACT));
        assertThat(explain.gamma(3, 0)).isCloseTo(hand.byU(), within(EXACT));
        assertThat(explain.gamma(2, 0)).isCloseTo(hand.byZ1(), within(EXACT));
        assertThat(explain.gamma(2, 1)).isCloseTo(hand.byZ2(), within(EXACT));
        assertThat(explain.gradient()).containsExactly(hand.gradient(), within(10 * EXACT));
    }

    /// The closed formulas, and so the corrections of both slips, against the forward pass alone.
    @ParameterizedTest
    @MethodSource("thetas")
    void agreesWithFiniteDifferences(double[] theta) {
        double[] hand = new ByHand(theta[0], theta[1], theta[2], -1, 1).gradient();
        double h = 1e-6;
        for (int p = 0; p < theta.length; p++) {
            double[] up = theta.clone();
            double[] down = theta.clone();
            up[p] += h;
            down[p] -= h;
            double difference = (explain(up).objective() - explain(down).objective()) / (2 * h);
            assertThat(difference).isCloseTo(hand[p], within(1e-8 * (1 + Math.abs(hand[p]))));
        }
    }

    /// Each slip, kept, would be seen: the formulas tell both versions apart.
    @Test
    void theSlipsWouldBeSeen() {
        ByHand hand = new ByHand(0.5, -0.75, 1.25, -1, 1);
        double withoutEdge = -0.75 * hand.s1() + 1.25 * hand.y4();
        double withoutFactor = hand.s1() + 2 * hand.y5() * hand.s1() * (1 - hand.s1());

        assertThat(explain(0.5, -0.75, 1.25).outputs()[2]).isNotCloseTo(withoutEdge, within(0.1));
        assertThat(explain(0.5, -0.75, 1.25).gamma(2, 0)).isNotCloseTo(withoutFactor, within(0.1));
    }
}
