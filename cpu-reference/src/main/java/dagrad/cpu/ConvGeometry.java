package dagrad.cpu;

import dagrad.graph.ConvSpec;
import dagrad.tensor.Shape;
import java.util.Arrays;

/// A convolution of images [n, c, h, w] by kernels [o, c/groups, kh, kw] to [n, o, oh, ow], as matrix products: the
/// windows of some rows of the result are unfolded into columns [c/groups kh kw, rows ow] (im2col), or folded back.
record ConvGeometry(int n, int c, int h, int w, int o, int kh, int kw, int oh, int ow, ConvSpec conv) {
    /// Elements of a tile of columns, about. Fewer make the products less efficient, more no better (Zen 3).
    private static final int TILE = Integer.getInteger("tile", 1 << 17);

    static ConvGeometry of(Shape images, Shape kernels, Shape results, ConvSpec conv) {
        return new ConvGeometry(
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

    /// How many rows of the result are worked on at a time, if they have so many taps.
    int height(int taps) {
        return Math.clamp(TILE / Math.max(1, taps * ow), 1, oh);
    }

    /// Where an image's channels of a group begin in [n, c, h, w].
    int imageStart(int image, int group) {
        return (image * c + group * channels()) * h * w;
    }

    /// Where a row of a result's first channel of a group begins in [n, o, oh, ow].
    int resultStart(int image, int group, int row) {
        return ((image * o + group * outputs()) * oh + row) * ow;
    }

    /// Copies a row range of some channels [count, oh, ow] to the beginning of an array, as [count, rows ow].
    void loadRows(float[] from, int start, int count, int rows, float[] to) {
        for (int i = 0; i < count; i++) {
            System.arraycopy(from, start + i * oh * ow, to, i * rows * ow, rows * ow);
        }
    }

    /// The other way.
    void storeRows(float[] from, int count, int rows, float[] to, int start) {
        for (int i = 0; i < count; i++) {
            System.arraycopy(from, i * rows * ow, to, start + i * oh * ow, rows * ow);
        }
    }

    // ---- windows --------------------------------------------------------------------------------------------------

    /// All taps of a group for some rows of the result.
    ///
    /// @param start where the image's channels of the group begin in `images`
    void unfold(float[] images, int start, int row, int rows, float[] columns) {
        int at = 0;
        for (int tap = 0; tap < taps(); tap++) {
            int plane = start + tap / (kh * kw) * h * w;
            int i = tap / kw % kh;
            int j = tap % kw;
            for (int y = row; y < row + rows; y++) {
                int line = y * conv.strideH() - conv.padH() + i * conv.dilationH();
                int left = j * conv.dilationW() - conv.padW();
                if (line < 0 || line >= h) {
                    Arrays.fill(columns, at, at + ow, 0);
                } else if (conv.strideW() == 1) {
                    copyLine(images, plane + line * w, left, columns, at);
                } else {
                    stepLine(images, plane + line * w, left, columns, at);
                }
                at += ow;
            }
        }
    }

    private void copyLine(float[] images, int line, int left, float[] columns, int at) {
        int first = Math.clamp(-left, 0, ow);
        int last = Math.clamp(w - left, first, ow);
        Arrays.fill(columns, at, at + first, 0);
        System.arraycopy(images, line + left + first, columns, at + first, last - first);
        Arrays.fill(columns, at + last, at + ow, 0);
    }

    private void stepLine(float[] images, int line, int left, float[] columns, int at) {
        for (int x = 0; x < ow; x++) {
            int place = left + x * conv.strideW();
            columns[at + x] = place >= 0 && place < w ? images[line + place] : 0;
        }
    }

    /// Adds the taps of some channels for some rows of the result where they came from.
    ///
    /// @param count how many channels
    /// @param start where the first of them begins in `images`
    void fold(float[] columns, int count, int row, int rows, float[] images, int start) {
        int at = 0;
        for (int tap = 0; tap < count * kh * kw; tap++) {
            int plane = start + tap / (kh * kw) * h * w;
            int i = tap / kw % kh;
            int j = tap % kw;
            int left = j * conv.dilationW() - conv.padW();
            int first = Math.clamp(Math.ceilDiv(-left, conv.strideW()), 0, ow);
            int last = Math.clamp(Math.ceilDiv(w - left, conv.strideW()), first, ow);
            for (int y = row; y < row + rows; y++) {
                int line = y * conv.strideH() - conv.padH() + i * conv.dilationH();
                if (line >= 0 && line < h) {
                    int to = plane + line * w + left;
                    for (int x = first; x < last; x++) {
                        images[to + x * conv.strideW()] += columns[at + x];
                    }
                }
                at += ow;
            }
        }
    }
}
