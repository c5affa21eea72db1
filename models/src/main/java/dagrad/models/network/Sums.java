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

    /// For each group the one that is likely to be faster.
    FASTER {
        @Override
        boolean asMatrix(long edges, long cells, int batch) {
            return edges >= FEW_EDGES
                    && cells <= MOST_CELLS
                    && cells * (16 + 0.8 * batch) < edges * (40 + 30.0 * batch);
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
