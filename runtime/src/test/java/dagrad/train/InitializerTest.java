package dagrad.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dagrad.graph.Graph;
import dagrad.optimizer.FlatLayout;
import dagrad.optimizer.ParameterGroup;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class InitializerTest {
    /// 20,000 weights of 50 outputs from 4 channels of 100 pixels: fan-in 400, fan-out 5000.
    private static final TensorSpec WEIGHT = TensorSpec.f32(50, 4, 100);

    private static double[] draw(Initializer initializer) {
        return initializer.tensor(WEIGHT, new SplittableRandom(7)).doubles();
    }

    private static double deviation(double[] values) {
        double mean = Arrays.stream(values).average().orElseThrow();
        return Math.sqrt(Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / values.length);
    }

    private static void isUniform(Initializer initializer, double bound) {
        double[] values = draw(initializer);
        assertThat(Arrays.stream(values).max().orElseThrow()).isBetween(0.99 * bound, bound);
        assertThat(Arrays.stream(values).min().orElseThrow()).isBetween(-bound, -0.99 * bound);
        assertThat(deviation(values)).isCloseTo(bound / Math.sqrt(3), within(0.02 * bound));
    }

    @Test
    void uniformsKeepTheirBounds() {
        isUniform(new Initializer.Uniform(0.3), 0.3);
        isUniform(new Initializer.FanIn(), 1 / 20.0);
        isUniform(new Initializer.Xavier(), Math.sqrt(6.0 / 5400));
    }

    @Test
    void normalsHaveTheirDeviationAndTails() {
        double[] values = draw(new Initializer.Normal(2));
        assertThat(deviation(values)).isCloseTo(2, within(0.05));
        assertThat(Arrays.stream(values).average().orElseThrow()).isCloseTo(0, within(0.05));
        long beyondTwo = Arrays.stream(values).filter(v -> Math.abs(v) > 4).count();
        assertThat(beyondTwo).isBetween(700L, 1120L); // 4.55 % of 20,000 is 910
        assertThat(deviation(draw(new Initializer.He()))).isCloseTo(Math.sqrt(2 / 400.0), within(0.002));
    }

    @Test
    void fansNeedTwoAxes() {
        assertThatThrownBy(() -> new Initializer.FanIn().tensor(TensorSpec.f32(9), new SplittableRandom(0)))
                .hasMessageContaining("f32[9] has no inputs and outputs");
    }

    @Test
    void theNameAndTheShapeDecide() {
        assertThat(Initializer.standard("block/norm/gain", TensorSpec.f32(4))).isEqualTo(new Initializer.Fill(1));
        assertThat(Initializer.standard("block/bias", TensorSpec.f32(4))).isEqualTo(new Initializer.Fill(0));
        assertThat(Initializer.standard("block/weight", TensorSpec.f32(4, 4))).isEqualTo(new Initializer.FanIn());
    }

    /// What a parameter begins as depends on the seed and its name, not on what is beside it.
    @Test
    void eachParameterHasAStreamOfItsOwn() {
        Map<String, HostTensor> three = initial(List.of("a", "b", "c"), 1);
        Map<String, HostTensor> two = initial(List.of("c", "b"), 1);
        assertThat(two.get("b").floats()).isEqualTo(three.get("b").floats());
        assertThat(two.get("c").floats()).isEqualTo(three.get("c").floats());
        assertThat(three.get("a").floats()).isNotEqualTo(three.get("b").floats());
        assertThat(initial(List.of("b"), 2).get("b").floats())
                .isNotEqualTo(two.get("b").floats());
    }

    private static Map<String, HostTensor> initial(List<String> names, long seed) {
        Graph graph = Graph.build(g -> names.forEach(name -> g.parameter(name, TensorSpec.f32(3, 4))));
        return Parameters.initial(_ -> graph, FlatLayout.of(graph, ParameterGroup.standard()), seed);
    }
}
