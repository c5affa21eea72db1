package dagrad.cpu;

import dagrad.graph.ConvSpec;
import dagrad.tensor.Shape;

/// A convolution of images [n, c, h, w] by kernels [o, c/groups, kh, kw] to [n, o, oh, ow], as matrix products: the
/// [Windows] of some rows of the result are unfolded into columns [c/groups kh kw, rows ow] (im2col), or folded back.
record ConvGeometry(int n, int c, int h, int w, int o, int kh, int kw, int oh, int ow, ConvSpec conv) {
    /// Elements of a tile of columns, about: half a megabyte. Fewer make the products less efficient, more no better
    /// (Zen 3).
    private static final int TILE = 1 << 17;

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

    /// How many rows of the result are worked on at a time, if they have so many taps: about as many in each block.
    int height(int taps) {
        int blocks = Math.ceilDiv(oh, Math.clamp(TILE / Math.max(1, taps * ow), 1, oh));
        return Math.ceilDiv(oh, blocks);
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
}
