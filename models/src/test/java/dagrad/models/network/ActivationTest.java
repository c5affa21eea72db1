package dagrad.models.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dagrad.graph.ScalarFn;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ActivationTest {
    /// γ = J(a)ᵀ δ against the differences of <δ, g(a)>, at arguments of both signs where the function is defined
    /// there.
    @ParameterizedTest
    @EnumSource
    void pullsBackByTheDerivative(Activation activation) {
        SplittableRandom random = new SplittableRandom(7);
        boolean positive = switch (activation) {
            case LOG, SQRT, RSQRT, LOG1P -> true;
            default -> false;
        };
        for (int round = 0; round < 20; round++) {
            double[] a = random.doubles(4, positive ? 0.1 : -2, 2).toArray();
            double[] delta = random.doubles(activation.components(4), -1, 1).toArray();
            double[] gamma = activation.meaning().pullBack(a, delta);
            for (int m = 0; m < a.length; m++) {
                double h = 1e-6;
                double difference = (dot(activation, a, m, h, delta) - dot(activation, a, m, -h, delta)) / (2 * h);
                assertThat(gamma[m])
                        .as("argument %d of %s", m, Arrays.toString(a))
                        .isCloseTo(difference, within(1e-7));
            }
        }
    }

    private static double dot(Activation activation, double[] a, int m, double h, double[] delta) {
        double[] moved = a.clone();
        moved[m] += h;
        double[] r = activation.meaning().value(moved);
        double sum = 0;
        for (int i = 0; i < r.length; i++) {
            sum += r[i] * delta[i];
        }
        return sum;
    }

    /// The conventions of the table of scalar functions.
    @Test
    void hasTheDerivativesOfTheTableAtKinks() {
        assertThat(derivativeAtZero(Activation.RELU)).isEqualTo(0);
        assertThat(derivativeAtZero(Activation.ABS)).isEqualTo(0);
        assertThat(derivativeAtZero(Activation.LEAKY_RELU)).isEqualTo(0.01);
        assertThat(derivativeAtZero(Activation.ELU)).isEqualTo(1);
    }

    private static double derivativeAtZero(Activation activation) {
        return activation.meaning().pullBack(new double[] {0}, new double[] {1})[0];
    }

    @Test
    void aProductHasItsGradientWhereFactorsAreZero() {
        double[] one = Activation.PRODUCT.meaning().pullBack(new double[] {0, 3, 5}, new double[] {2});
        double[] two = Activation.PRODUCT.meaning().pullBack(new double[] {0, 3, 0}, new double[] {2});

        assertThat(one).containsExactly(30, 0, 0);
        assertThat(two).containsExactly(0, 0, 0);
    }

    @ParameterizedTest
    @ValueSource(doubles = {-800, 800})
    void staysFiniteFarOut(double far) {
        double[] arguments = {far, -far, 1, 0};
        for (Activation activation : new Activation[] {
            Activation.SIGMOID,
            Activation.TANH,
            Activation.SOFTPLUS,
            Activation.SILU,
            Activation.GELU,
            Activation.SOFTMAX,
            Activation.CROSS_ENTROPY
        }) {
            assertThat(activation.meaning().value(arguments))
                    .as(activation.text())
                    .doesNotContain(Double.NaN);
            assertThat(activation.meaning().pullBack(arguments, new double[] {1, 1, 1, 1}))
                    .as(activation.text())
                    .doesNotContain(Double.NaN);
        }
    }

    /// Whatever the table of scalar functions offers for one operand, a node can compute.
    @ParameterizedTest
    @EnumSource
    void coversTheTable(ScalarFn fn) {
        if (fn.arity() == 1 && fn != ScalarFn.STOP_GRADIENT) {
            Optional<Activation> activation = Activation.byText(fn.text());
            assertThat(activation).isPresent();
            assertThat(activation.orElseThrow().meaning().value(new double[] {0.7}))
                    .containsExactly(new double[] {fn.apply(0.7, 0, 0)}, within(1e-15));
        }
    }
}
