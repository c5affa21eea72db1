package dagrad.models.network;

/// How the sums of weighted arguments of a group are emitted. All give the same numbers, up to the order of addition.
public enum Sums {
    /// Operation by operation: gather the tails' rows, multiply, add up. What is elementwise in it becomes one with
    /// what is around.
    BY_OPERATION {
        @Override
        boolean together(int edges) {
            return false;
        }
    },

    /// As one operation, [dagrad.graph.EdgeSum], which every device computes in its own way.
    TOGETHER {
        @Override
        boolean together(int edges) {
            return true;
        }
    },

    /// For each group what is likely to take less time.
    FASTER {
        @Override
        boolean together(int edges) {
            return edges >= FEW_EDGES;
        }
    };

    /// For fewer, it is the launches that count and not the bytes.
    private static final int FEW_EDGES = 1024;

    /// @param edges into the group
    abstract boolean together(int edges);
}
