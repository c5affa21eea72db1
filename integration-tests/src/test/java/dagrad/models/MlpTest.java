package dagrad.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dagrad.gradient.Gradients;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Value;
import dagrad.reference.GraphInterpreter;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import dagrad.train.Initializer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MlpTest {
    private static Map<String, HostTensor> inputs(Graph graph) {
        SplittableRandom random = new SplittableRandom(1);
        Map<String, HostTensor> result = new HashMap<>();
        graph.inputs().forEach((name, value) -> {
            HostTensor tensor = HostTensor.zeros(graph.spec(value));
            for (int i = 0; i < tensor.size(); i++) {
                tensor.set(i, tensor.spec().dtype().isFloating() ? random.nextDouble(-1, 1) : random.nextInt(3));
            }
            result.put(name, tensor);
        });
        return result;
    }

    private static DoubleUnaryOperator meaning(Mlp.Activation activation) {
        return switch (activation) {
            case RELU -> z -> Math.max(z, 0);
            case TANH -> Math::tanh;
            case SIGMOID -> z -> 1 / (1 + Math.exp(-z));
            case SILU -> z -> z / (1 + Math.exp(-z));
            case GELU -> z -> z / 2 * (1 + Math.signum(z) * (1 - integralOfTail(Math.abs(z))));
        };
    }

    /// 2/√(2π) ∫ from z to infinity of e^(-t²/2), by Simpson's rule.
    private static double integralOfTail(double z) {
        int n = 20_000;
        double step = 12.0 / n;
        double sum = 0;
        for (int i = 0; i <= n; i++) {
            double t = z + i * step;
            sum += (i == 0 || i == n ? 1 : i % 2 == 1 ? 4 : 2) * Math.exp(-t * t / 2);
        }
        return 2 / Math.sqrt(2 * Math.PI) * sum * step / 3;
    }

    /// Lecture (8) and (9) for one example, two layers and the squared error: δ² = 2 (h² - y)/n,
    /// δ¹ = W²ᵀ δ² ⊙ φ'(z¹), with φ' by differences.
    @ParameterizedTest
    @EnumSource
    void isTheLecturesNetworkWithTheLecturesGradient(Mlp.Activation activation) {
        Mlp mlp = new Mlp(List.of(3, 4, 2), activation, Mlp.Objective.SQUARED_ERROR);
        Graph loss = mlp.training(1);
        Map<String, HostTensor> in = inputs(loss);
        Graph withGradient = Graph.build(g -> {
            var here = g.inline(loss, Map.of());
            Value bias = here.apply(loss.inputs().get("layer1/bias"));
            Value scalar = here.apply(loss.output("loss"));
            g.output("loss", scalar);
            g.output("gradient", Gradients.of(g, scalar, List.of(bias)).get(bias));
        });
        DoubleUnaryOperator phi = meaning(activation);
        double[] x = in.get("x").doubles();
        double[] z1 = layer(in, "layer1", x);
        double[] h1 = Arrays.stream(z1).map(phi).toArray();
        double[] h2 = layer(in, "layer2", h1);
        double[] y = in.get("y").doubles();
        double expected = ((h2[0] - y[0]) * (h2[0] - y[0]) + (h2[1] - y[1]) * (h2[1] - y[1])) / 2;
        GraphInterpreter.Result result = GraphInterpreter.exact().evaluate(withGradient, in);
        assertThat(result.output("loss").scalar()).isCloseTo(expected, within(1e-9));
        for (int i = 0; i < 4; i++) {
            double slope = (phi.applyAsDouble(z1[i] + 1e-5) - phi.applyAsDouble(z1[i] - 1e-5)) / 2e-5;
            double delta = 0;
            for (int j = 0; j < 2; j++) {
                delta += in.get("layer2/weight").get(j * 4L + i) * (h2[j] - y[j]) * slope;
            }
            assertThat(result.output("gradient").get(i)).isCloseTo(delta, within(1e-6));
        }
    }

    private static double[] layer(Map<String, HostTensor> in, String name, double[] x) {
        double[] z = in.get(name + "/bias").doubles();
        for (int i = 0; i < z.length; i++) {
            for (int j = 0; j < x.length; j++) {
                z[i] += in.get(name + "/weight").get((long) i * x.length + j) * x[j];
            }
        }
        return z;
    }

    @Test
    void aClassifierTellsLossAccuracyAndClasses() {
        Mlp mlp = Mlp.classifier(5, 4, 3);
        Map<String, HostTensor> in = inputs(mlp.training(6));
        Map<String, HostTensor> predicted =
                GraphInterpreter.exact().evaluate(mlp.prediction(6), in).outputs();
        double loss = 0;
        double hits = 0;
        for (int i = 0; i < 6; i++) {
            long target = in.get("y").getLong(i);
            loss -= Math.log(predicted.get("probabilities").get(i * 3L + target)) / 6;
            hits += predicted.get("class").getLong(i) == target ? 1 : 0;
        }
        GraphInterpreter.Result result = GraphInterpreter.exact().evaluate(mlp.training(6), in);
        assertThat(result.output("loss").scalar()).isCloseTo(loss, within(1e-12));
        assertThat(result.output("accuracy").scalar()).isCloseTo(hits / 6, within(1e-12));
    }

    @Test
    void parametersAreNamedByLayerAndBeginAsTheActivationLikes() {
        Mlp mlp = Mlp.classifier(5, 4, 3);
        assertThat(mlp.training(1).inputs(Input.Kind.PARAMETER))
                .containsOnlyKeys("layer1/weight", "layer1/bias", "layer2/weight", "layer2/bias");
        TensorSpec weight = TensorSpec.f32(4, 5);
        assertThat(mlp.initializer("layer1/weight", weight)).isEqualTo(new Initializer.He());
        assertThat(mlp.initializer("layer1/bias", TensorSpec.f32(4))).isEqualTo(new Initializer.Fill(0));
    }

    @Test
    void refusesWhatIsNoNetwork() {
        assertThatThrownBy(() -> Mlp.classifier(5)).hasMessageContaining("each at least 1, not [5]");
        assertThatThrownBy(() -> Mlp.classifier(5, 0, 2)).hasMessageContaining("not [5, 0, 2]");
    }
}
