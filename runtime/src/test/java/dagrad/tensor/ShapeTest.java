package dagrad.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ShapeTest {
    static int[][] tooLarge() {
        return new int[][] {
            {1 << 20, 1 << 20}, // 2^40
            {1 << 20, 1 << 19, 1 << 25}, // 2^64, which is 0 to a long
            {Integer.MAX_VALUE, Integer.MAX_VALUE, 0},
        };
    }

    @ParameterizedTest
    @MethodSource("tooLarge")
    void aShapeOfTooManyElementsIsRefusedEvenIfALongOverflows(int[] dims) {
        assertThatThrownBy(() -> Shape.of(dims))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("a shape of 2^40 or more elements: [");
    }

    @Test
    void theLargestShapeAndEmptyOnesAreAllowed() {
        assertThat(Shape.of(1 << 20, (1 << 20) - 1).size()).isEqualTo((1L << 40) - (1L << 20));
        assertThat(Shape.of(0, 1 << 30, 5).size()).isZero();
    }
}
