package dagrad.data;

import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.awt.image.BufferedImage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// Images that stay in their files until they are in a batch: f32 `[channels, side, side]` from 0 (black) to 1. Each is
/// scaled until its shorter side is `side` pixels long, by the mean of what becomes a pixel, and its middle is cut out.
///
/// They are decoded where batches are made, which for training is a thread beside it.
///
/// @param channels 3 for red, green and blue, 1 for grey: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601). What is
///     transparent counts as black
public record ImageFiles(List<Path> files, int channels, int side) implements Column {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final float[] GREY = {0.299f / 255, 0.587f / 255, 0.114f / 255};

    /// @throws IllegalArgumentException if there are not 1 or 3 channels, or no pixels
    public ImageFiles {
        files = List.copyOf(files);
        if (channels != 1 && channels != 3 || side < 1) {
            throw new IllegalArgumentException(
                    "images have 1 channel or 3, and a side of at least 1 pixel, not " + channels + " and " + side);
        }
    }

    @Override
    public TensorSpec example() {
        return new TensorSpec(DType.F32, Shape.of(channels, side, side));
    }

    @Override
    public int size() {
        return files.size();
    }

    /// @throws dagrad.io.FileException if a file cannot be read
    /// @throws dagrad.io.FormatException naming the file if it is no image, damaged, cut off or too large
    @Override
    public void gather(int[] examples, int from, int to, HostTensor into) {
        long bytes = example().bytes();
        for (int i = from; i < to; i++) {
            BufferedImage image = ImageFile.read(files.get(examples[i]), side);
            draw(image, into.data().asSlice((i - from) * bytes, bytes));
        }
    }

    /// Each pixel becomes the mean of the source's pixels that it covers, be it in part: at least one.
    private void draw(BufferedImage image, MemorySegment into) {
        int square = Math.min(image.getWidth(), image.getHeight());
        int left = (image.getWidth() - square) / 2;
        int top = (image.getHeight() - square) / 2;
        double scale = (double) square / side;
        float[] rgb = new float[3];
        for (int y = 0; y < side; y++) {
            int y0 = top + (int) (y * scale);
            int y1 = top + Math.min(square, Math.max((int) (y * scale) + 1, (int) Math.ceil((y + 1) * scale)));
            for (int x = 0; x < side; x++) {
                int x0 = left + (int) (x * scale);
                int x1 = left + Math.min(square, Math.max((int) (x * scale) + 1, (int) Math.ceil((x + 1) * scale)));
                mean(image, x0, x1, y0, y1, rgb);
                put(rgb, into, y * side + x);
            }
        }
    }

    private static void mean(BufferedImage image, int x0, int x1, int y0, int y1, float[] rgb) {
        double red = 0;
        double green = 0;
        double blue = 0;
        for (int y = y0; y < y1; y++) {
            for (int x = x0; x < x1; x++) {
                int pixel = image.getRGB(x, y);
                double opacity = (pixel >>> 24) / 255.0;
                red += opacity * (pixel >> 16 & 0xff);
                green += opacity * (pixel >> 8 & 0xff);
                blue += opacity * (pixel & 0xff);
            }
        }
        double count = (double) (x1 - x0) * (y1 - y0);
        rgb[0] = (float) (red / count);
        rgb[1] = (float) (green / count);
        rgb[2] = (float) (blue / count);
    }

    private void put(float[] rgb, MemorySegment into, int pixel) {
        if (channels == 1) {
            into.setAtIndex(FLOAT, pixel, GREY[0] * rgb[0] + GREY[1] * rgb[1] + GREY[2] * rgb[2]);
        } else {
            for (int c = 0; c < 3; c++) {
                into.setAtIndex(FLOAT, c * side * side + pixel, rgb[c] / 255);
            }
        }
    }

    /// Whether a file's name is one of an image.
    public static boolean isNamed(Path file) {
        String name = file.getFileName().toString();
        return ImageFile.ENDINGS.contains(
                name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
    }
}
