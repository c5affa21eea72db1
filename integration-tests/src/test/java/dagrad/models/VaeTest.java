package dagrad.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dagrad.graph.Graph;
import dagrad.reference.GraphInterpreter;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The bound's parts, against what they are by definition.
class VaeTest {
    private static final double DEVIATION = 0.5;
    private static final double BETA = 3;
    private static final Vae VAE = new Vae(Shape.of(1, 2, 2), List.of(3), 2, DEVIATION, BETA);

    /// With all weights 0: q is what the encoder's bias says, and each pixel is predicted as ½.
    private static Map<String, HostTensor> outputs(double... q) {
        Graph graph = VAE.training(2);
        Map<String, HostTensor> inputs = new LinkedHashMap<>();
        graph.inputs().forEach((label, value) -> inputs.put(label, HostTensor.zeros(graph.spec(value))));
        inputs.put("x", HostTensor.of(new float[] {0, 0.25f, 0.5f, 1, 1, 1, 1, 1}, 2, 1, 2, 2));
        for (int i = 0; i < q.length; i++) {
            inputs.get("encoder/output/bias").set(i, q[i]);
        }
        return GraphInterpreter.exact().evaluate(graph, inputs).outputs();
    }

    @Test
    void theReconstructionIsALogarithmOfADensity() {
        double squares = (0.25 + 0.0625 + 0 + 0.25 + 4 * 0.25) / 2;
        double expected = squares / (2 * DEVIATION * DEVIATION) + 2 * Math.log(2 * Math.PI * DEVIATION * DEVIATION);
        assertThat(outputs().get("reconstruction").scalar()).isCloseTo(expected, within(1e-12));
    }

    @Test
    void theDivergenceIsZeroForThePriorItself() {
        assertThat(outputs().get("kl").scalar()).isZero();
    }

    /// ∫ q log (q / p), by the trapezoidal rule, which is exact to many digits for such functions.
    @Test
    void theDivergenceIsTheIntegral() {
        double[] mean = {0.7, -1.2};
        double[] logVariance = {-0.4, 0.9};
        double expected = IntStream.range(0, 2)
                .mapToDouble(i -> divergence(mean[i], Math.exp(logVariance[i] / 2)))
                .sum();
        Map<String, HostTensor> outputs = outputs(mean[0], mean[1], logVariance[0], logVariance[1]);
        assertThat(outputs.get("kl").scalar()).isCloseTo(expected, within(1e-6));
        assertThat(outputs.get("loss").scalar())
                .isCloseTo(outputs.get("reconstruction").scalar() + BETA * expected, within(1e-5));
    }

    private static double divergence(double mean, double deviation) {
        double step = 1e-3;
        return IntStream.rangeClosed(-20_000, 20_000)
                .mapToDouble(i -> i * step)
                .map(z -> {
                    double logQ = -0.5 * Math.pow((z - mean) / deviation, 2) - Math.log(deviation);
                    double logP = -0.5 * z * z;
                    return Math.exp(logQ) / Math.sqrt(2 * Math.PI) * (logQ - logP) * step;
                })
                .sum();
    }

    @Test
    void sizesAreChecked() {
        assertThatThrownBy(() -> new Vae(Shape.of(2, 2), List.of(3), 2, 1, 1))
                .hasMessageContaining("[channels, height, width]");
        assertThatThrownBy(() -> new Vae(Shape.of(1, 2, 2), List.of(3), 2, 0, 1))
                .hasMessage("σ must be positive and β not negative, they are 0.0 and 1.0");
    }
}
