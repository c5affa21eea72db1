package dagrad.cpu;

import dagrad.backend.DeviceException;
import dagrad.graph.CrossEntropy;
import dagrad.graph.CrossEntropyGrad;
import dagrad.plan.Launch;
import dagrad.plan.Operand;
import java.util.Arrays;
import java.util.List;

/// [dagrad.graph.CrossEntropy] and [dagrad.graph.CrossEntropyGrad], row by row: the probabilities exist in a tile
/// only.
final class CrossEntropyKernels {
    private CrossEntropyKernels() {}

    /// log Σ e^(x - max) - (x[target] - max), and log Σ e^x: so a loss that is small beside the logits keeps its
    /// digits.
    static Step loss(Launch.Kernel launch, CrossEntropy op, Memory memory, Scratch scratch) {
        Operand x = launch.reads().getFirst();
        int width = x.shape().dim(-1);
        int[] targets = memory.ints(launch.reads().get(1));
        int targetsStart = memory.start(launch.reads().get(1));
        float[] losses = memory.floats(launch.writes().get(0));
        int lossesStart = memory.start(launch.writes().get(0));
        float[] logSums = memory.floats(launch.writes().get(1));
        int logSumsStart = memory.start(launch.writes().get(1));
        Step rows = new RowStep(List.of(x), List.of(), memory, scratch, (tile, first, count) -> {
            System.arraycopy(tile.in[0], 0, tile.spare, 0, count * width);
            for (int row = 0; row < count; row++) {
                int from = row * width;
                float max = Sums.max(tile.in[0], from, from + width);
                tile.exp2.applyNatural(tile.spare, max, from, from + width);
                double logSum = Math.log(Sums.sum(tile.spare, from, from + width));
                int target = targets[targetsStart + first + row];
                losses[lossesStart + first + row] =
                        target == op.ignoreIndex() ? 0 : (float) (logSum - (tile.in[0][from + target] - max));
                logSums[logSumsStart + first + row] = (float) (logSum + max);
            }
        });
        int n = x.shape().dim(0);
        return workers -> {
            check(targets, targetsStart, n, width, op.ignoreIndex());
            rows.run(workers);
        };
    }

    private static void check(int[] targets, int start, int n, int classes, int ignored) {
        for (int i = 0; i < n; i++) {
            int target = targets[start + i];
            if ((target < 0 || target >= classes) && target != ignored) {
                throw new DeviceException("target " + target + " (row " + i + ") is outside of 0.." + (classes - 1)
                        + "; there are " + classes + " classes");
            }
        }
    }

    /// (e^(x - logsumexp) - onehot(target)) dl, 0 in ignored rows.
    static Step gradient(Launch.Kernel launch, CrossEntropyGrad op, Memory memory, Scratch scratch) {
        List<Operand> in = launch.reads();
        int width = in.get(0).shape().dim(-1);
        int[] targets = memory.ints(in.get(1));
        int targetsStart = memory.start(in.get(1));
        float[] logSums = memory.floats(in.get(2));
        int logSumsStart = memory.start(in.get(2));
        float[] gradients = memory.floats(in.get(3));
        int gradientsStart = memory.start(in.get(3));
        return new RowStep(List.of(in.get(0)), launch.writes(), memory, scratch, (tile, first, count) -> {
            float[] dx = tile.out[0];
            System.arraycopy(tile.in[0], 0, dx, 0, count * width);
            for (int row = 0; row < count; row++) {
                int from = row * width;
                int target = targets[targetsStart + first + row];
                if (target == op.ignoreIndex()) {
                    Arrays.fill(dx, from, from + width, 0);
                    continue;
                }
                float gradient = gradients[gradientsStart + first + row];
                tile.exp2.applyNatural(dx, logSums[logSumsStart + first + row], from, from + width);
                if (target >= 0 && target < width) {
                    dx[from + target] -= 1;
                }
                multiply(dx, gradient, from, from + width);
            }
        });
    }

    private static void multiply(float[] x, float factor, int from, int to) {
        for (int i = from; i < to; i++) {
            x[i] *= factor;
        }
    }
}
