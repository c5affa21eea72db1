package dagrad.cuda.code;

import dagrad.graph.ConvSpec;
import dagrad.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// The extents of a convolution of images [n, c, h, w] by kernels [o, c/groups, kh, kw] to [n, o, oh, ow].
record ConvSizes(int n, int c, int h, int w, int o, int kh, int kw, int oh, int ow, ConvSpec conv) {
    /// What a kernel counts with an `int` in one call, at most.
    static final long MOST_ELEMENTS = 1 << 30;

    /// Groups with so many weights for each tap, at most, are convolved directly: as products they would be nearly
    /// vectors.
    private static final int FEW_WEIGHTS = 4;

    /// Pixels of a chunk of one image are a multiple of this, if there are more.
    private static final int PIXELS = 64;

    static ConvSizes of(Shape images, Shape kernels, Shape results, ConvSpec conv) {
        return new ConvSizes(
                images.dim(0),
                images.dim(1),
                images.dim(2),
                images.dim(3),
                results.dim(1),
                kernels.dim(2),
                kernels.dim(3),
                results.dim(2),
                results.dim(3),
                conv);
    }

    /// Some images, or some pixels [firstPixel, firstPixel + pixels) of the result of one.
    record Chunk(int firstImage, int images, int firstPixel, int pixels) {}

    int groups() {
        return conv.groups();
    }

    /// Channels of the images in one group.
    int channels() {
        return c / conv.groups();
    }

    /// Channels of the results in one group.
    int outputs() {
        return o / conv.groups();
    }

    /// Weights for one channel of the result.
    int taps() {
        return channels() * kh * kw;
    }

    /// Rows of the columns of one image, all groups together.
    int rows() {
        return c * kh * kw;
    }

    /// Pixels of one channel of the result.
    int pixels() {
        return oh * ow;
    }

    /// Whether the columns are the images as they are.
    boolean isPointwise() {
        return rows() == c && conv.strideH() == 1 && conv.strideW() == 1 && conv.padH() == 0 && conv.padW() == 0;
    }

    boolean isDirect() {
        return groups() > 1 && channels() * outputs() <= FEW_WEIGHTS;
    }

    /// The chunks that are worked on at a time.
    ///
    /// @param rows elements that a pixel of the result costs
    /// @param most elements of a chunk; one of the fewest possible pixels may have more
    List<Chunk> chunks(long rows, long most) {
        List<Chunk> chunks = new ArrayList<>();
        int images = Math.clamp(most / (rows * pixels()), 1, n);
        int pixels = rows * pixels() <= most
                ? pixels()
                : Math.clamp(most / (rows * PIXELS) * PIXELS, Math.min(PIXELS, pixels()), pixels());
        for (int image = 0; image < n; image += images) {
            for (int pixel = 0; pixel < pixels(); pixel += pixels) {
                chunks.add(new Chunk(image, Math.min(images, n - image), pixel, Math.min(pixels, pixels() - pixel)));
            }
        }
        return chunks;
    }

    /// Strides, margins and dilations, as the kernels take them.
    List<Argument> walk() {
        return ints(conv.strideH(), conv.strideW(), conv.padH(), conv.padW(), conv.dilationH(), conv.dilationW());
    }

    /// All, as the direct kernels take it.
    List<Argument> all(int images) {
        return Stream.concat(
                        ints(images, channels(), h, w, outputs(), kh, kw, oh, ow, groups()).stream(), walk().stream())
                .toList();
    }

    static List<Argument> ints(int... values) {
        return Arrays.stream(values).mapToObj(Argument::of).toList();
    }
}
