package dagrad.models.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dagrad.models.network.ScalarNetwork.Output;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ExplainTest {
    /// Backpropagation (13) against the forward pass (12) alone.
    @Property(tries = 50)
    void gradientIsTheDifferenceQuotient(
            @ForAll @IntRange(min = 1, max = 4) int layers,
            @ForAll @IntRange(min = 1, max = 5) int width,
            @ForAll @IntRange(min = 1, max = 4) int fanIn,
            @ForAll long seed) {
        RandomNetwork random =
                new RandomNetwork(2, layers, width, fanIn, Math.min(3, fanIn), 2, 0.3, Activation.TANH, seed);
        ScalarNetwork network = random.network();
        double[] theta = new SplittableRandom(seed)
                .doubles(network.parameters().size(), -1, 1)
                .toArray();
        double[] inputs = {0.8, -1.3};
        double[] targets = {0.2, 0.9};
        double[] gradient = Explain.of(network, theta, inputs, targets).gradient();
        for (int p = 0; p < theta.length; p++) {
            double h = 1e-5;
            double[] up = theta.clone();
            double[] down = theta.clone();
            up[p] += h;
            down[p] -= h;
            double difference = (Explain.of(network, up, inputs, targets).objective()
                            - Explain.of(network, down, inputs, targets).objective())
                    / (2 * h);
            assertThat(gradient[p]).isCloseTo(difference, within(1e-7 * (1 + Math.abs(difference))));
        }
    }

    @Test
    void deltaOfNodesThatDoNotMatterIsZero() {
        ScalarNetwork network = ScalarNetwork.build(n -> {
            Output x = n.node("x", Activation.SUM, n.input("x"));
            n.node("idle", Activation.EXP, n.parameter("v").times(x));
            n.objective(n.node("J", Activation.SQUARE, n.parameter("w").times(x)));
        });
        Explain explain = Explain.of(network, new double[] {5, 3}, new double[] {2});

        assertThat(explain.delta(new Output(1, 0))).isZero();
        assertThat(explain.gradient()).containsExactly(0, 24);
    }

    @Test
    void refusesNumbersThatDoNotFit() {
        ScalarNetwork network = ScalarNetwork.build(n -> {
            Output x = n.node("x", Activation.SUM, n.input("x"));
            n.output(n.node("y", Activation.SUM, n.parameter("w").times(x)));
        });

        assertThatThrownBy(() -> Explain.of(network, new double[2], new double[1]))
                .hasMessage("the network has 1 parameters, but 2 numbers are given for them");
        assertThatThrownBy(() -> Explain.of(network, new double[1], new double[0]))
                .hasMessage("the network has 1 inputs, but 0 numbers are given for them");
        assertThatThrownBy(() -> Explain.of(network, new double[1], new double[1], new double[1]))
                .hasMessage("the network has 0 targets, but 1 numbers are given for them");
        assertThatThrownBy(() -> Explain.of(network, new double[1], new double[1]))
                .isInstanceOf(NetworkException.class)
                .hasMessageStartingWith("the network names no objective");
    }

    @Test
    void cutsLongTables() {
        RandomNetwork random = new RandomNetwork(4, 3, 20, 10, 7, 2, 0, Activation.RELU, 1);
        Explain explain = Explain.of(random.network(), new double[7], new double[] {1, 2, 3, 4}, new double[] {1, 2});
        String whole = explain.toText();
        String cut = explain.toText(5);

        assertThat(whole.lines().count()).isGreaterThan(600);
        assertThat(cut.lines().count()).isLessThan(40);
        assertThat(cut).contains("more lines");
        assertThat(whole).doesNotContain("more lines");
    }
}
