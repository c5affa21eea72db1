package dagrad.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LiteralTest {
    @Test
    void equalContentIsEqual() {
        int[] many = IntStream.range(0, 100_000).map(i -> i * 7 % 1000).toArray();
        Literal a = Literal.of(many);
        many[99_999]++;
        Literal b = Literal.of(many);
        many[99_999]--;

        assertThat(a).isEqualTo(Literal.of(many)).hasSameHashCodeAs(Literal.of(many));
        assertThat(a).isNotEqualTo(b);
        assertThat(a.toString()).isNotEqualTo(b.toString()).hasSizeLessThan(100);
        assertThat(Literal.of(0.0)).isNotEqualTo(Literal.of(-0.0));
        assertThat(Literal.of(1)).isNotEqualTo(Literal.of(1.0));
    }

    @Test
    void doesNotSeeLaterChanges() {
        double[] values = {1, 2};
        HostTensor tensor = HostTensor.of(new double[] {1, 2}, 2);
        Literal fromArray = Literal.of(values);
        Literal fromTensor = Literal.copyOf(tensor);
        values[0] = 5;
        tensor.set(0, 5);
        fromArray.toTensor(TensorSpec.f64(2)).set(0, 5);

        assertThat(fromArray.get(0)).isEqualTo(1);
        assertThat(fromTensor).isEqualTo(fromArray);
    }

    @Test
    void fillsOrGivesEachElement() {
        assertThat(Literal.of(0.1).toTensor(TensorSpec.f32(2, 2)).doubles()).containsOnly(0.1f);
        assertThat(Literal.of(1, 2, 3, 4).toTensor(TensorSpec.f32(2, 2)).doubles())
                .containsExactly(1, 2, 3, 4);
        assertThat(Literal.of(1, 2).as(DType.I64).getLong(1)).isEqualTo(2);
        assertThatThrownBy(() -> Literal.of(1, 2, 3).toTensor(TensorSpec.f32(2)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void printsShortOnesWhole() {
        assertThat(Literal.of(1.0, 2.5)).hasToString("[1.0, 2.5]");
        assertThat(Literal.of(3, 4)).hasToString("[3, 4]");
        assertThat(Literal.of(new int[9]).toString()).startsWith("[0, 0, 0, 0, … 9 in all, sha256 ");
    }
}
