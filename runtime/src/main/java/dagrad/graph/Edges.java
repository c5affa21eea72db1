package dagrad.graph;

import static dagrad.graph.ShapeException.check;

import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// What the sums over edges have in common: edges from the rows of one tensor, the tails, to those of another, the
/// heads. Several may join the same two rows.
///
/// @param tails number of rows that edges may come from
/// @param heads number of rows that edges may lead to
/// @param count of edges
/// @param width of the rows
record Edges(int tails, int heads, int count, int width) {
    /// No matrix of tails and heads is larger than 1 GiB in f32.
    private static final long MOST_CELLS = 1L << 28;

    /// Checks a weight (or two rows) and the ends of each edge.
    ///
    /// @param in rows [n, b], something else of their type, tails i32 \[edges], heads i32 \[edges]
    static void checkOperands(String op, List<TensorSpec> in) {
        TensorSpec rows = in.get(0);
        check(
                rows.dtype().isFloating() && in.get(1).dtype() == rows.dtype(),
                op,
                "needs operands of one floating type, not %s and %s",
                rows,
                in.get(1));
        check(rows.shape().rank() == 2, op, "needs a matrix, not %s", rows);
        TensorSpec tail = in.get(2);
        check(
                tail.dtype() == DType.I32
                        && tail.shape().rank() == 1
                        && in.get(3).equals(tail),
                op,
                "tails and heads must be i32 vectors of one length, not %s and %s",
                tail,
                in.get(3));
    }

    /// Whether a product with a matrix of all cells [heads, tails] moves fewer bytes than going by edges does, where
    /// each operation writes its result to memory. By edge that is 36 + 20 B bytes for rows of width B, in the three
    /// passes of a training step: the gathered rows are written and read, and so are their products. As a matrix, 16
    /// bytes for each cell (it is written, read in both passes, and its gradient written and read at the edges alone)
    /// and 6 B operations, of which 7.5 cost as much time as a byte.
    boolean areDense() {
        long cells = (long) tails * heads;
        return cells <= MOST_CELLS && cells * (16 + width * 6 / 7.5) < count * (36 + width * 20.0);
    }

    /// The place of each edge in a matrix [heads, tails], row by row; -1 if one of its ends is not there.
    Value cells(GraphBuilder g, Value tail, Value head) {
        Value isThere = g.mul(g.mul(g.gt(tail, -1), g.lt(tail, tails)), g.mul(g.gt(head, -1), g.lt(head, heads)));
        Value cell = g.add(g.mul(head, tails), tail);
        return g.select(isThere, cell, g.constant(g.spec(cell), -1));
    }

    /// The weights as a matrix [heads, tails]: 0 where there is no edge, the sum where there are several.
    Value matrix(GraphBuilder g, Value weights, Value tail, Value head) {
        Value sums = g.scatterAdd(cells(g, tail, head), weights, tails * heads);
        return g.cast(g.reshape(sums, heads, tails), g.spec(weights).dtype());
    }

    static Shape vector(TensorSpec ends) {
        return Shape.of(ends.shape().dim(0));
    }
}
