package dagrad.models.show;

import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/// Images of tensors.
public final class TensorImages {
    private TensorImages() {}

    /// All images of a batch, values from 0 (black) to 1.
    ///
    /// @param batch `[n, 1, h, w]` for grey, `[n, 3, h, w]` for red, green and blue, or `[n, h, w]`
    public static List<BufferedImage> of(HostTensor batch) {
        return of(batch, 0, 1);
    }

    /// All images of a batch.
    ///
    /// @param low what is drawn black, as is all below
    /// @param high what is drawn in full, as is all above
    public static List<BufferedImage> of(HostTensor batch, double low, double high) {
        Shape shape = requireImages(batch.shape());
        return IntStream.range(0, shape.dim(0))
                .mapToObj(i -> image(batch, i, low, high))
                .toList();
    }

    /// Image number `index` of a batch; [#of(HostTensor, double, double)] says what the others are. NaN is drawn as
    /// `low`.
    ///
    /// @throws IllegalArgumentException if the shape is not that of images
    /// @throws IndexOutOfBoundsException if there is no such image
    public static BufferedImage image(HostTensor batch, int index, double low, double high) {
        Shape shape = requireImages(batch.shape());
        int channels = shape.dim(1);
        int height = shape.dim(2);
        int width = shape.dim(3);
        long plane = (long) height * width;
        long start = Objects.checkIndex(index, shape.dim(0)) * plane * channels;
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int pixel = 0; pixel < plane; pixel++) {
            int rgb = 0;
            for (int c = 0; c < 3; c++) {
                double value = batch.get(start + Math.min(c, channels - 1) * plane + pixel);
                rgb = rgb << 8 | level((value - low) / (high - low));
            }
            image.setRGB(pixel % width, pixel / width, rgb);
        }
        return image;
    }

    private static int level(double value) {
        return (int) Math.round(255 * Math.clamp(Double.isNaN(value) ? 0 : value, 0.0, 1.0));
    }

    /// The shape with four axes.
    private static Shape requireImages(Shape shape) {
        if (shape.rank() == 3) {
            return Shape.of(shape.dim(0), 1, shape.dim(1), shape.dim(2));
        }
        if (shape.rank() != 4 || shape.dim(1) != 1 && shape.dim(1) != 3) {
            throw new IllegalArgumentException(
                    "images are [n, 1, h, w], [n, 3, h, w] or [n, h, w]; these are " + shape);
        }
        return shape;
    }
}
