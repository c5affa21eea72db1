package dagrad.graph;

/// How a window walks over the last two axes of [n, c, h, w]: its size, its stride, and the distance of its taps.
/// Heights first.
public record Window(int kh, int kw, int sh, int sw, int dh, int dw) {
    public Window {
        if (kh < 1 || kw < 1 || sh < 1 || sw < 1 || dh < 1 || dw < 1) {
            throw new ShapeException("window: sizes, strides and dilations must be 1 or more, not " + kh + "x" + kw
                    + ", " + sh + "x" + sw + ", " + dh + "x" + dw);
        }
    }

    /// Number of window positions along an axis of that extent; 0 or less if the window does not fit.
    public int positionsH(int h) {
        return Math.floorDiv(h - dh * (kh - 1) - 1, sh) + 1;
    }

    public int positionsW(int w) {
        return Math.floorDiv(w - dw * (kw - 1) - 1, sw) + 1;
    }
}
