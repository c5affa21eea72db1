package dagrad.cpu;

import dagrad.plan.Operand;
import java.util.List;

/// Work on dense f32 rows [.., width], a tile of some rows at a time that stays in the first-level cache. Operands
/// are copied into tiles first: loops over arrays that all begin at 0 are vectorised, loops over places that differ
/// are not.
final class RowStep implements Step {
    /// Elements of a tile, if a row has no more.
    private static final int TILE = 2048;

    /// Computes the results' tiles from the operands'.
    @FunctionalInterface
    interface Body {
        /// @param first number of the first row
        /// @param rows how many there are in the tile
        void compute(Tile tile, int first, int rows);
    }

    /// One worker's copies of the same rows of all operands and results, and one more array of that size.
    static final class Tile {
        final float[][] in;
        final float[][] out;
        final float[] spare;
        final Exp2 exp2;

        Tile(Scratch scratch, int in, int out, int size) {
            this.in = scratch.floats(in, size);
            this.out = scratch.floats(out, size);
            this.spare = scratch.floats(size);
            this.exp2 = new Exp2(scratch, size);
        }
    }

    private final List<Operand> reads;
    private final List<Operand> writes;
    private final float[][] inputs;
    private final int[] inputStarts;
    private final float[][] results;
    private final int[] resultStarts;
    private final int rows;
    private final int width;
    private final int height;
    private final Tile[] tiles;
    private final Body body;
    private final Workers.Chunk chunk = this::compute;

    /// @param reads operands of one shape [.., width], as the tile has them
    /// @param writes results of that shape; there may be none, if the body writes by itself
    RowStep(List<Operand> reads, List<Operand> writes, Memory memory, Scratch scratch, Body body) {
        this.reads = List.copyOf(reads);
        this.writes = List.copyOf(writes);
        this.body = body;
        inputs = this.reads.stream().map(memory::floats).toArray(float[][]::new);
        inputStarts = this.reads.stream().mapToInt(memory::start).toArray();
        results = this.writes.stream().map(memory::floats).toArray(float[][]::new);
        resultStarts = this.writes.stream().mapToInt(memory::start).toArray();
        width = reads.getFirst().shape().dim(-1);
        rows = width == 0 ? 0 : Math.toIntExact(reads.getFirst().shape().size() / width);
        height = Math.max(1, TILE / Math.max(1, width));
        tiles = new Tile[scratch.workers()];
        for (int i = 0; i < tiles.length; i++) {
            tiles[i] = new Tile(scratch, inputs.length, results.length, height * width);
        }
    }

    @Override
    public void run(Workers workers) {
        workers.run(Math.ceilDiv(rows, height), chunk);
    }

    private void compute(int number, int worker) {
        Tile tile = tiles[worker];
        int first = number * height;
        int count = Math.min(height, rows - first);
        for (int i = 0; i < inputs.length; i++) {
            System.arraycopy(inputs[i], inputStarts[i] + first * width, tile.in[i], 0, count * width);
        }
        body.compute(tile, first, count);
        for (int i = 0; i < results.length; i++) {
            System.arraycopy(tile.out[i], 0, results[i], resultStarts[i] + first * width, count * width);
        }
    }
}
