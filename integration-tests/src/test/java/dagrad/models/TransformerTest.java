package dagrad.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.backend.Backend;
import dagrad.backend.Backends;
import dagrad.backend.DeviceOptions;
import dagrad.graph.Input;
import dagrad.models.transformer.Continuation;
import dagrad.models.transformer.Transformer;
import dagrad.precision.Precision;
import dagrad.reference.GraphInterpreter;
import dagrad.reference.ModelCheck;
import dagrad.reference.SampleInputs;
import dagrad.tensor.HostTensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransformerTest {
    private static final Transformer MODEL = new Transformer(2, 2, 8, 11, 6);

    private static Map<String, HostTensor> weights(Transformer model) {
        var graph = model.training(1);
        Map<String, HostTensor> weights = new LinkedHashMap<>(SampleInputs.of(graph, 5));
        weights.keySet().retainAll(graph.inputs(Input.Kind.PARAMETER).keySet());
        return weights;
    }

    private static double[] logits(Transformer model, int... tokens) {
        Map<String, HostTensor> inputs = new LinkedHashMap<>(weights(model));
        inputs.put("x", HostTensor.of(tokens, 1, tokens.length));
        return GraphInterpreter.exact()
                .evaluate(model.logits(1, tokens.length), inputs)
                .outputs()
                .get("logits")
                .doubles();
    }

    @ParameterizedTest
    @CsvSource({"0, true", "0, false", "0.3, true"})
    void itsGradientsAreRight(double dropout, boolean tied) {
        Transformer model = new Transformer(2, 2, 8, 11, 6, dropout, tied);
        var graph = model.training(2);
        assertThat(ModelCheck.of(graph, Precision.F32, SampleInputs.of(graph, 1), 1, Optional.empty())
                        .agrees())
                .isTrue();
    }

    /// What comes later changes nothing before, and what comes before does.
    @Test
    void itSeesWhatIsBehindIt() {
        double[] first = logits(MODEL, 3, 1, 4, 1, 5);
        double[] second = logits(MODEL, 3, 1, 4, 2, 5);
        double[] shorter = logits(MODEL, 3, 1, 4);
        for (int i = 0; i < 3 * 11; i++) {
            assertThat(second[i]).isEqualTo(first[i]);
            assertThat(shorter[i]).isEqualTo(first[i]);
        }
        assertThat(second[4 * 11]).isNotEqualTo(first[4 * 11]);
    }

    @Test
    void tiedTablesAreOne() {
        Transformer apart = new Transformer(2, 2, 8, 11, 6, 0, false);
        assertThat(apart.training(1).inputs(Input.Kind.PARAMETER).keySet()).contains("tokens", "head");
        assertThat(MODEL.training(1).inputs(Input.Kind.PARAMETER).keySet())
                .contains("tokens", "positions", "layer1/qkv/weight", "norm/gain")
                .doesNotContain("head")
                .hasSize(2 + 2 * 12 + 2);
    }

    @Test
    void sizesThatDoNotFitAreRefused() {
        assertThatThrownBy(() -> new Transformer(2, 3, 8, 11, 6)).hasMessageContaining("width of 8");
        assertThatThrownBy(() -> new Transformer(2, 2, 8, 11, 0)).hasMessageContaining("context 0");
        assertThatThrownBy(() -> new Transformer(2, 2, 8, 11, 6, 1, true)).hasMessageContaining("dropout");
        assertThatThrownBy(() -> MODEL.logits(1, 7)).hasMessageContaining("from 1 to 6 tokens, not 7");
    }

    /// From the likeliest token alone, rows follow from the logits of all tokens before, of which the last six are
    /// seen.
    @Test
    void rowsGoOnAsTheLogitsSay() {
        Map<String, HostTensor> weights = weights(MODEL);
        try (Backend cpu = Backends.open("cpu", new DeviceOptions(1), _ -> {})) {
            int[] prompt = {3, 1};
            List<int[]> rows = new Continuation(1, 1, 11, 7).of(cpu, MODEL, Precision.F32, weights, prompt, 2, 9);
            int[] expected = new int[11];
            System.arraycopy(prompt, 0, expected, 0, 2);
            for (int end = 2; end < 11; end++) {
                int from = Math.max(0, end - 6);
                double[] logits = logits(MODEL, Arrays.copyOfRange(expected, from, end));
                int last = (end - from - 1) * 11;
                for (int k = 0; k < 11; k++) {
                    expected[end] = logits[last + k] > logits[last + expected[end]] ? k : expected[end];
                }
            }
            int[] added = Arrays.copyOfRange(expected, 2, 11);
            assertThat(rows).hasSize(2).allSatisfy(row -> assertThat(row).containsExactly(added));
            assertThat(new Continuation(1, 0, 11, 7).of(cpu, MODEL, Precision.F32, weights, prompt, 2, 9))
                    .isNotEqualTo(rows)
                    .extracting(List::of)
                    .isNotEmpty();
        }
    }

    @Test
    void drawsFollowTheSoftmaxOfTheLikeliest() {
        double[] logits = {Math.log(1), Math.log(4), Math.log(3), Math.log(2)};
        Continuation all = new Continuation(1, 0, 4, 1);
        assertThat(List.of(
                        all.draw(logits, 0.05), all.draw(logits, 0.45), all.draw(logits, 0.55), all.draw(logits, 0.95)))
                .containsExactly(0, 1, 2, 3);
        Continuation two = new Continuation(1, 2, 4, 1);
        assertThat(List.of(
                        two.draw(logits, 0), two.draw(logits, 0.56), two.draw(logits, 0.58), two.draw(logits, 0.999)))
                .containsExactly(1, 1, 2, 2);
        Continuation cold = new Continuation(0.01, 0, 4, 1);
        assertThat(cold.draw(logits, 0.01)).isEqualTo(1);
        assertThat(cold.draw(logits, 0.99)).isEqualTo(1);
    }
}
