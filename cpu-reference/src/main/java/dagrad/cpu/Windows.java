package dagrad.cpu;

import java.util.Arrays;

/// The windows of a convolution as columns and back, with one worker's scratch memory. Columns are [channels kh kw,
/// rows ow]: for every tap the elements that it meets in some rows of the result.
final class Windows {
    private final ConvGeometry g;
    /// Lines of one channel with their margins, to which taps are added.
    private final float[] lines;
    /// For each tap of a line the same, with the tap's elements where it met them and zeros around.
    private final float[][] shifted;

    /// @param height the most rows of the result at a time
    Windows(Scratch scratch, ConvGeometry geometry, int height) {
        g = geometry;
        int size = (height + (g.kh() - 1) * g.conv().dilationH())
                * (g.w() + 2 * g.conv().padW());
        lines = scratch.floats(isAdjacent() ? size : 0);
        shifted = scratch.kept(isAdjacent() ? g.kw() : 0, size);
    }

    private boolean isAdjacent() {
        return g.conv().strideH() == 1 && g.conv().strideW() == 1;
    }

    /// All taps of a group.
    ///
    /// @param row the first row of the result
    /// @param rows how many
    /// @param start where the image's channels of the group begin in `images`
    void unfold(float[] images, int start, int row, int rows, float[] columns) {
        int height = g.h();
        int pitch = g.w();
        int width = g.ow();
        int stride = g.conv().strideH();
        int at = 0;
        for (int tap = 0; tap < g.taps(); tap++) {
            int plane = start + tap / (g.kh() * g.kw()) * g.h() * g.w();
            int left = left(tap);
            int first = first(left);
            int last = last(left, first);
            int line = line(row, tap);
            for (int y = 0; y < rows; y++) {
                if (line < 0 || line >= height || first == last) {
                    Arrays.fill(columns, at, at + width, 0);
                } else {
                    copy(images, plane + line * pitch + left, columns, at, first, last);
                }
                at += width;
                line += stride;
            }
        }
    }

    private void copy(float[] images, int from, float[] columns, int at, int first, int last) {
        int stride = g.conv().strideW();
        if (stride == 1) {
            System.arraycopy(images, from + first, columns, at + first, last - first);
        } else {
            for (int x = first; x < last; x++) {
                columns[at + x] = images[from + x * stride];
            }
        }
        if (first > 0) {
            Arrays.fill(columns, at, at + first, 0);
        }
        if (last < g.ow()) {
            Arrays.fill(columns, at + last, at + g.ow(), 0);
        }
    }

    /// Adds the taps of some channels where they came from.
    ///
    /// @param count how many channels
    /// @param start where the first of them begins in `images`
    void fold(float[] columns, int count, int row, int rows, float[] images, int start) {
        int taps = g.kh() * g.kw();
        int at = 0;
        for (int channel = 0; channel < count; channel++) {
            int plane = start + channel * g.h() * g.w();
            if (isAdjacent()) {
                foldAdjacent(columns, at, row, rows, images, plane);
            } else {
                for (int tap = 0; tap < taps; tap++) {
                    scatter(columns, at + tap * rows * g.ow(), tap, row, rows, images, plane);
                }
            }
            at += taps * rows * g.ow();
        }
    }

    /// Where windows lie at every place, a tap's elements lie as in the image: whole lines with their margins are
    /// added at a time, in loops over arrays at the same index, which are vectorised.
    private void foldAdjacent(float[] columns, int start, int row, int rows, float[] images, int plane) {
        int pitch = g.w() + 2 * g.conv().padW();
        exchange(images, plane, row, rows, true);
        int at = start;
        for (int i = 0; i < g.kh(); i++) {
            int top = i * g.conv().dilationH() * pitch;
            for (int j = 0; j < g.kw(); j++) {
                int to = top + j * g.conv().dilationW();
                for (int y = 0; y < rows; y++) {
                    System.arraycopy(columns, at, shifted[j], to + y * pitch, g.ow());
                    at += g.ow();
                }
                add(lines, shifted[j], top, top + rows * pitch);
            }
        }
        exchange(images, plane, row, rows, false);
    }

    /// Copies lines of the image that the rows of the result met to scratch memory, or back.
    private void exchange(float[] images, int plane, int row, int rows, boolean load) {
        int pad = g.conv().padW();
        int pitch = g.w() + 2 * pad;
        int top = row - g.conv().padH();
        int bottom = Math.min(g.h(), top + rows + (g.kh() - 1) * g.conv().dilationH());
        for (int line = Math.max(0, top); line < bottom; line++) {
            int place = (line - top) * pitch + pad;
            if (load) {
                System.arraycopy(images, plane + line * g.w(), lines, place, g.w());
            } else {
                System.arraycopy(lines, place, images, plane + line * g.w(), g.w());
            }
        }
    }

    private static void add(float[] x, float[] y, int from, int to) {
        for (int i = from; i < to; i++) {
            x[i] += y[i];
        }
    }

    private void scatter(float[] columns, int start, int tap, int row, int rows, float[] images, int plane) {
        int stride = g.conv().strideW();
        int left = left(tap);
        int first = first(left);
        int last = last(left, first);
        for (int y = row; y < row + rows; y++) {
            int line = line(y, tap);
            if (line >= 0 && line < g.h()) {
                int at = start + (y - row) * g.ow();
                int to = plane + line * g.w() + left;
                for (int x = first; x < last; x++) {
                    images[to + x * stride] += columns[at + x];
                }
            }
        }
    }

    /// The image's line that a tap meets in a row of the result; it may lie in a margin.
    private int line(int row, int tap) {
        return row * g.conv().strideH()
                - g.conv().padH()
                + tap / g.kw() % g.kh() * g.conv().dilationH();
    }

    /// The image's column that a tap meets in the first column of the result.
    private int left(int tap) {
        return tap % g.kw() * g.conv().dilationW() - g.conv().padW();
    }

    /// The first column of the result in which it meets no margin.
    private int first(int left) {
        return Math.clamp(Math.ceilDiv(-left, g.conv().strideW()), 0, g.ow());
    }

    /// One past the last.
    private int last(int left, int first) {
        return Math.clamp(Math.ceilDiv(g.w() - left, g.conv().strideW()), first, g.ow());
    }
}
