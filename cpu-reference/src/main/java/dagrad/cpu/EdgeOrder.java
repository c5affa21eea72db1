package dagrad.cpu;

import dagrad.plan.Operand;
import dagrad.tensor.TensorSpec;
import java.util.Arrays;
import java.util.List;

/// Edges in the order of the nodes at one of their ends, found by counting, so that edges of one node keep their order.
/// Edges are the same in every run where they are the structure of a network; then so is the order, and it is not found
/// anew.
final class EdgeOrder {
    /// Products that one chunk of work makes, on average.
    private static final int CHUNK = 1 << 15;
    /// Narrower rows are gathered and added up in less time.
    private static final int NARROWEST = 4;

    private final Indices near;
    private final Indices far;
    private final int width;
    private final int[] knownNear;
    private final int[] knownFar;
    private final int[] ends;
    private final int[] edges;
    private final int[] rows;
    private boolean known;
    private boolean isIdentity;

    /// @param near i32 \[edges], the ends to order by
    /// @param nodes there are to order by
    /// @param far i32 \[edges], the other ends
    /// @param others nodes there are at the other ends
    /// @param width of a node's row
    EdgeOrder(Operand near, int nodes, Operand far, int others, int width, Memory memory, Scratch scratch) {
        this.near = new Indices(near, memory, nodes, scratch);
        this.far = new Indices(far, memory, others, scratch);
        this.width = width;
        int count = this.near.count();
        boolean changes = !this.near.isConstant() || !this.far.isConstant();
        knownNear = scratch.keptIntegers(changes ? count : 0);
        knownFar = scratch.keptIntegers(changes ? count : 0);
        ends = scratch.keptIntegers(nodes);
        edges = scratch.keptIntegers(count);
        rows = scratch.keptIntegers(count);
    }

    /// Whether going by edges takes less time than a product with a matrix of all possible ones. On a Zen 3 core the three
    /// passes of a step were measured to take, for rows of width B, about 3 + 0.9 B ns for an edge, and 1.6 + 0.07 B ns for
    /// a cell of that matrix: so an eighth of the possible edges may be there at width 32, a fifth at 8.
    ///
    /// @param in a matrix of rows, another operand, tails and heads
    /// @param others number of nodes at the other ends
    static boolean pays(List<TensorSpec> in, int others) {
        double width = in.getFirst().shape().dim(1);
        double possible = (double) in.getFirst().shape().dim(0) * others;
        double edges = in.getLast().shape().size();
        return width >= NARROWEST && edges * (3 + 0.9 * width) < possible * (1.6 + 0.07 * width);
    }

    /// Finds the order, if the edges are not those of the last run.
    ///
    /// @throws dagrad.backend.DeviceException if an end is no node
    void refresh() {
        near.check();
        far.check();
        int n = edges.length;
        boolean same = known
                && (knownNear.length < n
                        || Arrays.equals(knownNear, 0, n, near.ints(), near.start(), near.start() + n)
                                && Arrays.equals(knownFar, 0, n, far.ints(), far.start(), far.start() + n));
        if (!same) {
            System.arraycopy(near.ints(), near.start(), knownNear, 0, knownNear.length);
            System.arraycopy(far.ints(), far.start(), knownFar, 0, knownFar.length);
            sort();
            known = true;
        }
    }

    private void sort() {
        Arrays.fill(ends, 0);
        for (int e = 0; e < edges.length; e++) {
            ends[near.ints()[near.start() + e]]++;
        }
        int begin = 0;
        for (int node = 0; node < ends.length; node++) {
            int ofNode = ends[node];
            ends[node] = begin;
            begin += ofNode;
        }
        isIdentity = true;
        for (int e = 0; e < edges.length; e++) {
            int place = ends[near.ints()[near.start() + e]]++;
            edges[place] = e;
            rows[place] = far.ints()[far.start() + e] * width;
            isIdentity &= place == e;
        }
    }

    /// Nodes that make a chunk of work.
    int nodesPerChunk() {
        long products = (long) edges.length * width;
        return (int) Math.max(1, (long) CHUNK * ends.length / Math.max(CHUNK, products));
    }

    int nodes() {
        return ends.length;
    }

    int count() {
        return edges.length;
    }

    /// Where in the order a node's edges begin.
    int begin(int node) {
        return node == 0 ? 0 : ends[node - 1];
    }

    /// Where in the order a node's edges end.
    int end(int node) {
        return ends[node];
    }

    /// The edges' numbers, in order.
    int[] edges() {
        return edges;
    }

    /// Whether the edges' numbers are in order as they are.
    boolean isIdentity() {
        return isIdentity;
    }

    /// In order, where the row of the other end begins, from that of node 0.
    int[] rows() {
        return rows;
    }
}
