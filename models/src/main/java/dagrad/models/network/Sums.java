package dagrad.models.network;

/// How the sums of weighted arguments of a group are computed. All give the same numbers, up to the order of
/// addition.
public enum Sums {
    /// Edge by edge: gather the tails' rows, multiply, add up. Work and memory in proportion to edges × batch.
    BY_EDGE {
        @Override
        boolean asMatrix(long edges, long cells, int batch) {
            return false;
        }
    },

    /// As a matrix product: the edges' weights are added into a matrix [nodes, tails], once for the batch. Work
    /// and memory in proportion to nodes × tails, whether there are edges or not.
    BY_MATRIX {
        @Override
        boolean asMatrix(long edges, long cells, int batch) {
            return cells <= MOST_CELLS;
        }
    },

    /// For each group the one that moves fewer bytes, with B examples. By edge that is 36 + 20 B bytes for each
    /// edge ([Lowering]). As a matrix, 16 bytes for each cell (it is written, read in both passes, and its
    /// gradient written and not read but at the edges) and 6 B operations, of which 7.5 cost as much time as a
    /// byte: 450 GFLOP/s and 60 GB/s on two cores.
    FASTER {
        @Override
        boolean asMatrix(long edges, long cells, int batch) {
            return edges >= FEW_EDGES
                    && cells <= MOST_CELLS
                    && cells * (16 + batch * 6 / 7.5) < edges * (36 + batch * 20.0);
        }
    };

    /// No matrix is larger than 1 GiB in f32.
    private static final long MOST_CELLS = 1L << 28;

    /// For fewer, it is the launches that count and not the bytes.
    private static final int FEW_EDGES = 1024;

    /// @param edges into the group
    /// @param cells nodes of the group times rows that they could be fed by
    abstract boolean asMatrix(long edges, long cells, int batch);
}
