package dagrad.cuda.code;

import dagrad.tensor.Shape;

/// Rows along the last axis, for kernels in which a group of threads works on one: a power of two up to 32, so that
/// several groups share a warp, or a block (see `group_row` in dagrad.cuh).
///
/// @param rows how many
/// @param width elements of one
record RowGroups(long rows, int width) {
    /// Rows of more elements than this are a block's each: then every thread of a warp would have to read more than
    /// eight times, and few rows would leave most of the card idle.
    private static final int LONGEST_OF_WARP = 1024;

    private static final int THREADS = 256;
    private static final int THREADS_OF_LONG_ROW = 512;

    static RowGroups of(Shape shape) {
        int width = shape.dim(-1);
        return new RowGroups(width == 0 ? 0 : shape.size() / width, width);
    }

    boolean isEmpty() {
        return rows == 0;
    }

    Grid grid() {
        if (width > LONGEST_OF_WARP) {
            return Grid.of(Math.toIntExact(rows), width > 8 * LONGEST_OF_WARP ? THREADS_OF_LONG_ROW : THREADS);
        }
        return groupsOf(Math.ceilDiv(width, 4), rows);
    }

    /// Groups of threads for rows, as many threads as are wanted for one if that is a power of two up to 32, else the
    /// next one.
    static Grid groupsOf(int wanted, long rows) {
        int lanes = Math.min(32, Integer.highestOneBit(Math.max(1, 2 * wanted - 1)));
        int together = THREADS / lanes;
        return new Grid(Math.toIntExact(Math.ceilDiv(rows, (long) together)), 1, 1, lanes, together, 0);
    }
}
