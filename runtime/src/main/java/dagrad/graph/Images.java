package dagrad.graph;

import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;

/// The builder's vocabulary for images [n, c, h, w].
public interface Images extends Reductions {
    Value matmul(Value a, Value b);

    /// x [n, c, h, w] with weights [o, c/groups, kh, kw].
    default Value conv2d(Value x, Value weight, ConvSpec conv) {
        return apply(new Conv2d(conv), x, weight);
    }

    /// The adjoint of a convolution: y [n, o, h, w] with weights [o, c/groups, kh, kw]. Where several sizes are
    /// possible
    /// (strides above 1), the smallest is taken, enlarged by `outputPad`.
    default Value convTranspose2d(Value y, Value weight, ConvSpec conv, int outputPad) {
        Shape s = spec(y).shape();
        Shape w = spec(weight).shape();
        int height =
                (s.dim(2) - 1) * conv.strideH() - 2 * conv.padH() + conv.dilationH() * (w.dim(2) - 1) + 1 + outputPad;
        int width =
                (s.dim(3) - 1) * conv.strideW() - 2 * conv.padW() + conv.dilationW() * (w.dim(3) - 1) + 1 + outputPad;
        return apply(new ConvTranspose2d(conv, height, width), y, weight);
    }

    /// The largest of each window; margins never win.
    default Value maxPool2d(Value x, int size, int stride, int pad) {
        return apply(new MaxPool2d(new Window(size, size, stride, stride, 1, 1), pad, pad), x);
    }

    /// The mean of each window; margins count as zeros.
    default Value avgPool2d(Value x, int size, int stride, int pad) {
        Value windows = apply(new Unfold(new Window(size, size, stride, stride, 1, 1)), pad2d(x, pad, pad, 0));
        return mean(windows, 2, 3);
    }

    /// Every pixel repeated `factor` times in both directions.
    default Value upsampleNearest(Value x, int factor) {
        Shape s = spec(x).shape();
        Value wide = broadcast(
                reshape(x, s.dim(0), s.dim(1), s.dim(2), 1, s.dim(3), 1),
                Shape.of(s.dim(0), s.dim(1), s.dim(2), factor, s.dim(3), factor));
        return reshape(wide, s.dim(0), s.dim(1), s.dim(2) * factor, s.dim(3) * factor);
    }

    /// Bilinear interpolation between pixel centres (PyTorch's `align_corners=False`).
    default Value upsampleBilinear(Value x, int factor) {
        Shape s = spec(x).shape();
        Value images = reshape(x, s.dim(0) * s.dim(1), s.dim(2), s.dim(3));
        Value rows = matmul(interpolation(x, s.dim(2), factor), images);
        Value both = matmul(rows, transpose(interpolation(x, s.dim(3), factor)));
        return reshape(both, s.dim(0), s.dim(1), s.dim(2) * factor, s.dim(3) * factor);
    }

    /// The matrix [n factor, n] that interpolates n points: weights max(0, 1 - |source - column|), where the source
    /// of a row
    /// is (row + 1/2)/factor - 1/2, held within 0..n-1.
    private Value interpolation(Value x, int n, int factor) {
        Shape shape = Shape.of(n * factor, n);
        TensorSpec spec = spec(x).withShape(shape);
        Value row = cast(iota(shape, 0), spec.dtype());
        Value column = cast(iota(shape, 1), spec.dtype());
        Value source = clip(add(mul(row, 1.0 / factor), 0.5 / factor - 0.5), 0, n - 1);
        return max(sub(constant(spec, 1), abs(sub(source, column))), 0);
    }
}
