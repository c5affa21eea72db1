package dagrad.cpu;

import dagrad.plan.Launch;
import dagrad.plan.Operand;

/// Rows of a table by number, [dagrad.graph.Gather]: every element type, as rows are only copied.
final class GatherKernel implements Step {
    /// Elements that one chunk copies.
    private static final int CHUNK = 1 << 15;

    private final Indices indices;
    private final Object table;
    private final int tableStart;
    private final Object out;
    private final int outStart;
    private final int width;
    private final int rowsPerChunk;
    private final Workers.Chunk chunk = this::copy;

    GatherKernel(Launch.Kernel launch, Memory memory, Scratch scratch) {
        Operand x = launch.reads().get(0);
        Operand result = launch.writes().getFirst();
        indices = new Indices(launch.reads().get(1), memory, x.shape().dim(0), scratch);
        table = memory.array(x.slot());
        tableStart = memory.start(x);
        out = memory.array(result.slot());
        outStart = memory.start(result);
        width = Math.toIntExact(x.shape().sub(1, x.shape().rank()).size());
        rowsPerChunk = Math.max(1, CHUNK / Math.max(1, width));
    }

    @Override
    public void run(Workers workers) {
        indices.check();
        workers.run(Math.ceilDiv(indices.count(), rowsPerChunk), chunk);
    }

    private void copy(int number, int worker) {
        int from = number * rowsPerChunk;
        int to = Math.min(indices.count(), from + rowsPerChunk);
        if (width == 1 && table instanceof float[] source && out instanceof float[] target) {
            pick(source, target, from, to);
            return;
        }
        int[] rows = indices.ints();
        for (int i = from; i < to; i++) {
            int row = rows[indices.start() + i];
            System.arraycopy(table, tableStart + row * width, out, outStart + i * width, width);
        }
    }

    private void pick(float[] source, float[] target, int from, int to) {
        int[] rows = indices.ints();
        int first = indices.start();
        for (int i = from; i < to; i++) {
            target[outStart + i] = source[tableStart + rows[first + i]];
        }
    }
}
