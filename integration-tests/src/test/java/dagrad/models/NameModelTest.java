package dagrad.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.models.data.CharacterWindows;
import dagrad.reference.GraphInterpreter;
import dagrad.reference.ReferenceBackend;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import dagrad.train.Evaluator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class NameModelTest {
    private static final NameModel MODEL = new NameModel(new CharacterWindows("AB", 2), 3, 4);

    /// Numbers at random for the parameters, save that the output layer is given.
    private static Map<String, HostTensor> parameters(double weight, double... bias) {
        SplittableRandom random = new SplittableRandom(3);
        Map<String, HostTensor> result = new HashMap<>();
        Graph graph = MODEL.training(1);
        graph.inputs(Input.Kind.PARAMETER).forEach((name, value) -> {
            HostTensor tensor = HostTensor.zeros(graph.spec(value));
            for (int i = 0; i < tensor.size(); i++) {
                tensor.set(i, random.nextDouble(-1, 1) * (name.equals("output/weight") ? weight : 1));
            }
            result.put(name, tensor);
        });
        result.put("output/bias", HostTensor.of(TensorSpec.f32(3), bias));
        return result;
    }

    private static List<String> sample(double temperature, int count, int longest, double... bias) {
        try (Evaluator evaluator = Evaluator.of(new ReferenceBackend(), MODEL::prediction, parameters(0, bias))) {
            return MODEL.sample(evaluator, count, temperature, longest, 1);
        }
    }

    /// The formula of Bengio et al., written as loops.
    @Test
    void computesTheCrossEntropyOfTheNextCharacter() {
        Map<String, HostTensor> inputs = parameters(1, 0.1, -0.2, 0.3);
        inputs.put("context", HostTensor.of(new int[] {0, 2}, 1, 2));
        inputs.put("next", HostTensor.of(new int[] {1}, 1));
        double[] x = new double[6];
        for (int i = 0; i < 3; i++) {
            x[i] = inputs.get("embedding").get(i);
            x[3 + i] = inputs.get("embedding").get(2 * 3 + i);
        }
        double[] h = layer(inputs, "hidden", x);
        for (int i = 0; i < h.length; i++) {
            h[i] = Math.tanh(h[i]);
        }
        double[] z = layer(inputs, "output", h);
        double loss = Math.log(Math.exp(z[0]) + Math.exp(z[1]) + Math.exp(z[2])) - z[1];
        assertThat(GraphInterpreter.exact()
                        .evaluate(MODEL.training(1), inputs)
                        .output("loss")
                        .scalar())
                .isCloseTo(loss, within(1e-12));
    }

    private static double[] layer(Map<String, HostTensor> parameters, String name, double[] x) {
        HostTensor weight = parameters.get(name + "/weight");
        double[] z = parameters.get(name + "/bias").doubles();
        for (int i = 0; i < z.length; i++) {
            for (int j = 0; j < x.length; j++) {
                z[i] += weight.get((long) i * x.length + j) * x[j];
            }
        }
        return z;
    }

    @Test
    void certainCharactersRepeatUntilTheLongest() {
        assertThat(sample(1, 2, 5, 0, 50, 0)).containsExactly("AAAAA", "AAAAA");
        assertThat(sample(1, 1, 5, 50, 0, 0)).containsExactly("");
    }

    /// End, A and B with 1/8, 1/2 and 3/8; at temperature 1/2 the probabilities are squared: 1/26, 16/26, 9/26.
    @Test
    void drawsAsLikelyAsTheModelFindsAndTheTemperatureSharpens() {
        double[] bias = {Math.log(1), Math.log(4), Math.log(3)};
        assertShares(sample(1, 4000, 1, bias), 1 / 8.0, 1 / 2.0);
        assertShares(sample(0.5, 4000, 1, bias), 1 / 26.0, 16 / 26.0);
    }

    private static void assertShares(List<String> names, double empty, double a) {
        double n = names.size();
        assertThat(names.stream().filter(String::isEmpty).count() / n).isCloseTo(empty, within(0.02));
        assertThat(names.stream().filter("A"::equals).count() / n).isCloseTo(a, within(0.03));
    }

    @Test
    void refusesWhatMakesNoModel() {
        assertThatThrownBy(() -> new NameModel(MODEL.windows(), 0, 4)).hasMessageContaining("at least 1, not 0 and 4");
        assertThatThrownBy(() -> sample(0, 1, 1, 0, 0, 0)).hasMessage("the temperature must be above 0, not 0.0");
    }
}
