package dagrad.cuda.code;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.graph.ConvSpec;
import dagrad.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConvSizesTest {
    private static ConvSizes sizes(int n, int h, int w) {
        return ConvSizes.of(Shape.of(n, 4, h, w), Shape.of(6, 4, 3, 3), Shape.of(n, 6, h, w), ConvSpec.of(1, 1));
    }

    @Test
    void asManyImagesAsFit() {
        assertThat(sizes(5, 8, 8).chunks(36, 36 * 64 * 2 + 35))
                .containsExactly(
                        new ConvSizes.Chunk(0, 2, 0, 64),
                        new ConvSizes.Chunk(2, 2, 0, 64),
                        new ConvSizes.Chunk(4, 1, 0, 64));
    }

    @Test
    void partsOfAnImageThatDoesNotFit() {
        assertThat(sizes(2, 16, 12).chunks(36, 36 * 130))
                .containsExactly(
                        new ConvSizes.Chunk(0, 1, 0, 128),
                        new ConvSizes.Chunk(0, 1, 128, 64),
                        new ConvSizes.Chunk(1, 1, 0, 128),
                        new ConvSizes.Chunk(1, 1, 128, 64));
    }

    @Test
    void atLeastSomePixels() {
        assertThat(sizes(1, 16, 12).chunks(36, 1)).hasSize(3);
        assertThat(sizes(2, 2, 2).chunks(36, 1))
                .isEqualTo(List.of(new ConvSizes.Chunk(0, 1, 0, 4), new ConvSizes.Chunk(1, 1, 0, 4)));
    }
}
