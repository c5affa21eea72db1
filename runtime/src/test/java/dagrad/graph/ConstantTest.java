package dagrad.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.tensor.Literal;
import dagrad.tensor.TensorSpec;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ConstantTest {
    @Test
    void aMillionIndicesAreOneNodeAndAShortText() {
        int[] million = IntStream.range(0, 1_000_000).map(i -> i % 17).toArray();
        Graph graph = Graph.build(g -> {
            Value x = g.input("x", TensorSpec.f32(17, 2));
            Value first = g.gather(x, g.indices(million));
            Value second = g.gather(x, g.indices(million.clone()));
            assertThat(first).isEqualTo(second);
            g.output("y", first);
        });

        assertThat(graph.verify().nodes()).hasSize(3);
        assertThat(graph.toString()).hasSizeLessThan(500);
    }

    @Test
    void theFingerprintCoversAllElements() {
        assertThat(constants(1)).isNotEqualTo(constants(2));
    }

    private static String constants(int last) {
        int[] values = new int[100];
        values[50] = last;
        return Graph.build(g -> g.output("i", g.indices(values))).fingerprint();
    }

    @Test
    void equalNumbersAreEqualHoweverGiven() {
        assertThat(new Constant(TensorSpec.f32(2), Literal.of(1, 2)))
                .isEqualTo(new Constant(TensorSpec.f32(2), Literal.of(1.0, 2.0)));
        assertThat(new Constant(TensorSpec.i32(2), Literal.of(1, 2)))
                .isEqualTo(new Constant(TensorSpec.i32(2), Literal.of(1.0, 2.0)));
        assertThat(Constant.of(TensorSpec.f64(3), 0.1).toTensor().doubles()).containsOnly(0.1);
    }

    @Test
    void needsOneValueForEachElement() {
        assertThatThrownBy(() -> Graph.build(g -> g.constant(TensorSpec.f32(3), 1, 2)))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("2 values for f32[3]");
    }
}
