package dagrad.cpu;

import dagrad.graph.Normalize;
import dagrad.graph.NormalizeGrad;
import dagrad.plan.Launch;
import dagrad.plan.Operand;
import java.util.List;

/// [dagrad.graph.Normalize] and [dagrad.graph.NormalizeGrad], row by row.
final class NormalizeKernels {
    private NormalizeKernels() {}

    /// y = (x - mean) / sqrt(variance + eps), with the variance from the differences.
    static Step normalize(Launch.Kernel launch, Normalize op, Memory memory, Scratch scratch) {
        Operand x = launch.reads().getFirst();
        List<Operand> out = launch.writes();
        int width = x.shape().dim(-1);
        float[] means = memory.floats(out.get(1));
        int meansStart = memory.start(out.get(1));
        float[] variances = memory.floats(out.get(2));
        int variancesStart = memory.start(out.get(2));
        return new RowStep(List.of(x), List.of(out.getFirst()), memory, scratch, (tile, first, rows) -> {
            float[] y = tile.out[0];
            for (int row = 0; row < rows; row++) {
                int from = row * width;
                float mean = Sums.sum(tile.in[0], from, from + width) / width;
                centre(y, tile.spare, tile.in[0], mean, from, from + width);
                float variance = Sums.sum(tile.spare, from, from + width) / width;
                scale(y, scale(variance, op.eps()), from, from + width);
                means[meansStart + first + row] = mean;
                variances[variancesStart + first + row] = variance;
            }
        });
    }

    /// dx = (dy - mean(dy) - y mean(dy y)) / sqrt(variance + eps).
    static Step gradient(Launch.Kernel launch, NormalizeGrad op, Memory memory, Scratch scratch) {
        List<Operand> in = launch.reads();
        int width = in.getFirst().shape().dim(-1);
        float[] variances = memory.floats(in.get(1));
        int variancesStart = memory.start(in.get(1));
        List<Operand> wide = List.of(in.get(0), in.get(2));
        return new RowStep(wide, launch.writes(), memory, scratch, (tile, first, rows) -> {
            float[] y = tile.in[0];
            float[] dy = tile.in[1];
            product(tile.spare, y, dy, rows * width);
            for (int row = 0; row < rows; row++) {
                int from = row * width;
                float mean = Sums.sum(dy, from, from + width) / width;
                float slope = Sums.sum(tile.spare, from, from + width) / width;
                float scale = scale(variances[variancesStart + first + row], op.eps());
                grade(tile.out[0], y, dy, mean, slope, scale, from, from + width);
            }
        });
    }

    private static float scale(float variance, double eps) {
        return (float) (1 / Math.sqrt(variance + eps));
    }

    private static void centre(float[] y, float[] squares, float[] x, float mean, int from, int to) {
        for (int i = from; i < to; i++) {
            float c = x[i] - mean;
            y[i] = c;
            squares[i] = c * c;
        }
    }

    private static void scale(float[] y, float factor, int from, int to) {
        for (int i = from; i < to; i++) {
            y[i] *= factor;
        }
    }

    private static void product(float[] z, float[] x, float[] y, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] * y[i];
        }
    }

    private static void grade(
            float[] dx, float[] y, float[] dy, float mean, float slope, float scale, int from, int to) {
        for (int i = from; i < to; i++) {
            dx[i] = (dy[i] - mean - y[i] * slope) * scale;
        }
    }
}
