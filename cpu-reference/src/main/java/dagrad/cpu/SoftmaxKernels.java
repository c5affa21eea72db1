package dagrad.cpu;

import dagrad.plan.Launch;

/// [dagrad.graph.Softmax], [dagrad.graph.LogSoftmax] and [dagrad.graph.SoftmaxGrad], row by row.
final class SoftmaxKernels {
    private SoftmaxKernels() {}

    /// e^(x - max) / Σ e^(x - max).
    static Step softmax(Launch.Kernel launch, Memory memory, Scratch scratch) {
        int width = width(launch);
        return new RowStep(launch.reads(), launch.writes(), memory, scratch, (tile, first, rows) -> {
            float[] x = tile.in[0];
            float[] y = tile.out[0];
            System.arraycopy(x, 0, y, 0, rows * width);
            for (int from = 0; from < rows * width; from += width) {
                int to = from + width;
                tile.exp2.applyNatural(y, Sums.max(x, from, to), from, to);
                multiply(y, 1 / Sums.sum(y, from, to), from, to);
            }
        });
    }

    /// (x - max) - log Σ e^(x - max).
    static Step logSoftmax(Launch.Kernel launch, Memory memory, Scratch scratch) {
        int width = width(launch);
        return new RowStep(launch.reads(), launch.writes(), memory, scratch, (tile, first, rows) -> {
            float[] x = tile.in[0];
            float[] e = tile.spare;
            System.arraycopy(x, 0, e, 0, rows * width);
            for (int from = 0; from < rows * width; from += width) {
                int to = from + width;
                float max = Sums.max(x, from, to);
                tile.exp2.applyNatural(e, max, from, to);
                subtract(tile.out[0], x, max, (float) Math.log(Sums.sum(e, from, to)), from, to);
            }
        });
    }

    /// y (dy - Σ dy y).
    static Step gradient(Launch.Kernel launch, Memory memory, Scratch scratch) {
        int width = width(launch);
        return new RowStep(launch.reads(), launch.writes(), memory, scratch, (tile, first, rows) -> {
            float[] y = tile.in[0];
            float[] dy = tile.in[1];
            product(tile.spare, y, dy, rows * width);
            for (int from = 0; from < rows * width; from += width) {
                float sum = Sums.sum(tile.spare, from, from + width);
                grade(tile.out[0], y, dy, sum, from, from + width);
            }
        });
    }

    private static int width(Launch.Kernel launch) {
        return launch.reads().getFirst().shape().dim(-1);
    }

    private static void multiply(float[] x, float factor, int from, int to) {
        for (int i = from; i < to; i++) {
            x[i] *= factor;
        }
    }

    private static void subtract(float[] z, float[] x, float a, float b, int from, int to) {
        for (int i = from; i < to; i++) {
            z[i] = x[i] - a - b;
        }
    }

    private static void product(float[] z, float[] x, float[] y, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] * y[i];
        }
    }

    private static void grade(float[] dx, float[] y, float[] dy, float sum, int from, int to) {
        for (int i = from; i < to; i++) {
            dx[i] = y[i] * (dy[i] - sum);
        }
    }
}
