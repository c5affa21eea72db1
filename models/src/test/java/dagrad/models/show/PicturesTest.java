package dagrad.models.show;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.tensor.HostTensor;
import java.awt.image.BufferedImage;
import java.util.List;
import org.junit.jupiter.api.Test;

class PicturesTest {
    @Test
    void greyAndColourAreDrawnWithinTheRange() {
        HostTensor grey = HostTensor.of(new float[] {-1, 0, 1, 9, 0.5f, Float.NaN}, 1, 1, 2, 3);
        BufferedImage image = TensorImages.image(grey, 0, -1, 1);
        assertThat(rgb(image, 0, 0)).isEqualTo(0);
        assertThat(rgb(image, 1, 0)).isEqualTo(0x808080);
        assertThat(rgb(image, 2, 0)).isEqualTo(0xffffff);
        assertThat(rgb(image, 0, 1)).isEqualTo(0xffffff);
        assertThat(rgb(image, 2, 1)).isEqualTo(0);

        HostTensor colours = HostTensor.of(new float[] {0, 0, 0, 1, 0.2f, 0.4f}, 2, 3, 1, 1);
        assertThat(TensorImages.of(colours)).hasSize(2);
        assertThat(rgb(TensorImages.of(colours).get(1), 0, 0)).isEqualTo(0xff3366);
    }

    @Test
    void whatIsNoImageIsRefused() {
        assertThatThrownBy(() -> TensorImages.of(HostTensor.of(new float[8], 1, 2, 2, 2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[1,2,2,2]");
    }

    @Test
    void gridHasItsImagesInRows() {
        HostTensor four = HostTensor.of(new float[] {0, 0.2f, 0.4f, 0.6f, 0.8f}, 5, 1, 1, 1);
        BufferedImage grid = ImageGrid.of(TensorImages.of(four), 2).draw();
        assertThat(grid.getWidth()).isEqualTo(2 * 60 + 4);
        assertThat(grid.getHeight()).isEqualTo(3 * 60 + 4);
        assertThat(rgb(grid, 30, 30)).isEqualTo(0);
        assertThat(rgb(grid, 90, 30)).isEqualTo(0x333333);
        assertThat(rgb(grid, 30, 150)).isEqualTo(0xcccccc);
        assertThat(rgb(grid, 90, 150)).isEqualTo(0xffffff);
    }

    @Test
    void captionsTakeRoomBelow() {
        List<BufferedImage> images = TensorImages.of(HostTensor.of(new float[2 * 16], 2, 1, 4, 4));
        BufferedImage bare = ImageGrid.of(images, 2).draw();
        BufferedImage one = ImageGrid.of(images, List.of("a cat", ""), 2).draw();
        BufferedImage two = ImageGrid.of(images, List.of("a cat\n0.93", ""), 2).draw();
        assertThat(one.getWidth()).isGreaterThan(bare.getWidth());
        assertThat(two.getHeight() - one.getHeight()).isBetween(8, 24);
    }

    @Test
    void matrixCountsAndNamesWhatIsConfused() {
        ConfusionMatrix matrix = new ConfusionMatrix(List.of("cat", "dog", "bird"));
        matrix.count(0, 0);
        matrix.count(0, 0);
        matrix.count(0, 1);
        matrix.count(1, 1);
        matrix.count(2, 0);
        assertThat(matrix.accuracy()).isEqualTo(0.6);
        assertThat(matrix.counted(0, 1)).isEqualTo(1);
        assertThat(matrix.text()).isEqualTo("cat  0.667  (dog: 0.333)\ndog  1.000\nbird 0.000  (cat: 1.000)\n");
        BufferedImage image = matrix.draw();
        // The diagonal is deep where all were told right, and faint where none was.
        assertThat(rgb(image, image.getWidth() - 8 - 52 - 50, image.getHeight() - 8 - 52 - 50))
                .isEqualTo(0x1f4e9e);
        assertThat(rgb(image, image.getWidth() - 8 - 50, image.getHeight() - 8 - 50) & 0xff)
                .isGreaterThan(0xf0);
    }

    private static int rgb(BufferedImage image, int x, int y) {
        return image.getRGB(x, y) & 0xffffff;
    }
}
