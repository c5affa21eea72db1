package dagrad.cpu;

import dagrad.plan.Launch;
import dagrad.plan.Operand;
import dagrad.tensor.DType;
import java.util.Arrays;

/// Sums of rows by number, [dagrad.graph.ScatterAdd]. The updates are sorted by row, stably, so that each row of the
/// result is summed by one thread in ascending order of its updates. Indices are often the same in every run (the
/// structure of a network); then so is the order, and it is not found anew.
final class ScatterAddKernel implements Step {
    /// Elements that one chunk reads, on average.
    private static final int CHUNK = 1 << 14;

    private final Indices indices;
    private final Elements updates;
    private final Elements out;
    private final int rows;
    private final int width;
    private final int rowsPerChunk;
    private final Workers.Chunk chunk;
    /// The indices that `order` was made for.
    private final int[] known;
    /// The updates' numbers, sorted by row.
    private final int[] order;
    /// Where in `order` each row ends; before [#sort] has placed a row's updates, where it begins.
    private final int[] ends;
    private boolean sorted;
    /// For each worker, a row of the result and a row of the updates.
    private final float[][] sums;
    private final float[][] addends;

    ScatterAddKernel(Launch.Kernel launch, Memory memory, Scratch scratch) {
        Operand result = launch.writes().getFirst();
        rows = result.shape().dim(0);
        width = Math.toIntExact(result.shape().sub(1, result.shape().rank()).size());
        indices = new Indices(launch.reads().get(0), memory, rows, scratch);
        updates = Elements.of(launch.reads().get(1), memory);
        out = Elements.of(result, memory);
        known = scratch.keptIntegers(indices.count());
        order = scratch.keptIntegers(indices.count());
        ends = scratch.keptIntegers(rows);
        long reads = (long) indices.count() * width;
        rowsPerChunk = (int) Math.max(1, (long) CHUNK * rows / Math.max(CHUNK, reads));
        boolean fast = launch.reads().get(1).dtype() == DType.F32;
        sums = scratch.floats(fast ? scratch.workers() : 0, width);
        addends = scratch.floats(fast ? scratch.workers() : 0, width);
        boolean sparse = rows > indices.count();
        chunk = !fast ? this::sumElements : width > 1 ? this::sumRows : sparse ? this::sumSparse : this::sumScalars;
    }

    @Override
    public void run(Workers workers) {
        indices.check();
        int first = indices.start();
        boolean same = sorted
                && (indices.isConstant()
                        || Arrays.equals(known, 0, known.length, indices.ints(), first, first + known.length));
        if (!same) {
            System.arraycopy(indices.ints(), first, known, 0, known.length);
            sort();
            sorted = true;
        }
        workers.run(Math.ceilDiv(rows, rowsPerChunk), chunk);
    }

    /// By counting.
    private void sort() {
        Arrays.fill(ends, 0);
        for (int row : known) {
            ends[row]++;
        }
        int begin = 0;
        for (int row = 0; row < rows; row++) {
            int updatesOfRow = ends[row];
            ends[row] = begin;
            begin += updatesOfRow;
        }
        for (int i = 0; i < known.length; i++) {
            order[ends[known[i]]++] = i;
        }
    }

    private int begin(int row) {
        return row == 0 ? 0 : ends[row - 1];
    }

    private void sumRows(int number, int worker) {
        float[] from = (float[]) updates.array();
        float[] to = (float[]) out.array();
        float[] sum = sums[worker];
        float[] addend = addends[worker];
        int last = Math.min(rows, (number + 1) * rowsPerChunk);
        for (int row = number * rowsPerChunk; row < last; row++) {
            Arrays.fill(sum, 0);
            for (int j = begin(row); j < ends[row]; j++) {
                System.arraycopy(from, updates.start() + order[j] * width, addend, 0, width);
                add(sum, addend, width);
            }
            System.arraycopy(sum, 0, to, out.start() + row * width, width);
        }
    }

    private static void add(float[] sum, float[] x, int n) {
        for (int i = 0; i < n; i++) {
            sum[i] += x[i];
        }
    }

    private void sumScalars(int number, int worker) {
        float[] from = (float[]) updates.array();
        float[] to = (float[]) out.array();
        int last = Math.min(rows, (number + 1) * rowsPerChunk);
        for (int row = number * rowsPerChunk; row < last; row++) {
            float sum = 0;
            for (int j = begin(row); j < ends[row]; j++) {
                sum += from[updates.start() + order[j]];
            }
            to[out.start() + row] = sum;
        }
    }

    /// Where most rows get nothing, as in a matrix of weights: by the updates that there are, not by rows.
    private void sumSparse(int number, int worker) {
        float[] from = (float[]) updates.array();
        float[] to = (float[]) out.array();
        int first = number * rowsPerChunk;
        int last = Math.min(rows, first + rowsPerChunk);
        Arrays.fill(to, out.start() + first, out.start() + last, 0);
        for (int j = begin(first); j < ends[last - 1]; j++) {
            int update = order[j];
            to[out.start() + known[update]] += from[updates.start() + update];
        }
    }

    private void sumElements(int number, int worker) {
        int last = Math.min(rows, (number + 1) * rowsPerChunk);
        for (int row = number * rowsPerChunk; row < last; row++) {
            for (int column = 0; column < width; column++) {
                double real = 0;
                long integer = 0;
                for (int j = begin(row); j < ends[row]; j++) {
                    int at = order[j] * width + column;
                    if (out.isFloating()) {
                        real += updates.real(at);
                    } else {
                        integer += updates.integer(at);
                    }
                }
                if (out.isFloating()) {
                    out.set(row * width + column, real);
                } else {
                    out.set(row * width + column, integer);
                }
            }
        }
    }
}
