package dagrad.graph;

/// How a convolution walks: strides, zero margins on both sides, distances of the taps (heights first), and into how
/// many
/// groups the channels fall.
public record ConvSpec(int strideH, int strideW, int padH, int padW, int dilationH, int dilationW, int groups) {
    public ConvSpec {
        if (strideH < 1 || strideW < 1 || padH < 0 || padW < 0 || dilationH < 1 || dilationW < 1 || groups < 1) {
            throw new ShapeException(
                    "convolution: strides, dilations and groups must be 1 or more, margins 0 or more, not " + strideH
                            + "x" + strideW + ", " + dilationH + "x" + dilationW + ", " + groups + ", " + padH + "x"
                            + padW);
        }
    }

    /// Stride and margin alike in both directions, no dilation, one group.
    public static ConvSpec of(int stride, int pad) {
        return new ConvSpec(stride, stride, pad, pad, 1, 1, 1);
    }

    public Window window(int kh, int kw) {
        return new Window(kh, kw, strideH, strideW, dilationH, dilationW);
    }
}
