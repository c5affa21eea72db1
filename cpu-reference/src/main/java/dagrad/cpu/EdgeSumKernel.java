package dagrad.cpu;

import dagrad.graph.EdgeSum;
import dagrad.plan.Launch;
import dagrad.plan.Operand;

/// [dagrad.graph.EdgeSum], node by node: each row of the result is summed by one thread in the order of its edges. Of a
/// row eight elements at a time are kept in registers while the node's edges go by; rows of some dozen elements, which
/// is what a batch has, are too short for loops over them to be worth their beginning and end.
final class EdgeSumKernel implements Step {
    private final EdgeOrder order;
    private final float[] x;
    private final int xStart;
    private final float[] given;
    private final int givenStart;
    private final float[] out;
    private final int outStart;
    private final int width;
    private final int nodesPerChunk;
    /// The weights in order.
    private final float[] weights;
    private final Workers.Chunk chunk = this::sum;

    EdgeSumKernel(Launch.Kernel launch, EdgeSum op, Memory memory, Scratch scratch) {
        Operand rows = launch.reads().get(0);
        Operand ofEdges = launch.reads().get(1);
        Operand result = launch.writes().getFirst();
        width = rows.shape().dim(1);
        Operand tail = launch.reads().get(2);
        Operand head = launch.reads().get(3);
        order = new EdgeOrder(
                op.back() ? tail : head,
                op.rows(),
                op.back() ? head : tail,
                rows.shape().dim(0),
                width,
                memory,
                scratch);
        x = memory.floats(rows);
        xStart = memory.start(rows);
        given = memory.floats(ofEdges);
        givenStart = memory.start(ofEdges);
        out = memory.floats(result);
        outStart = memory.start(result);
        nodesPerChunk = order.nodesPerChunk();
        weights = scratch.floats(order.count());
    }

    @Override
    public void run(Workers workers) {
        order.refresh();
        workers.run(Math.ceilDiv(order.nodes(), nodesPerChunk), chunk);
    }

    private void sum(int number, int worker) {
        int first = number * nodesPerChunk;
        int last = Math.min(order.nodes(), first + nodesPerChunk);
        bringInOrder(order.begin(first), order.end(last - 1));
        for (int node = first; node < last; node++) {
            int from = order.begin(node);
            int to = order.end(node);
            int at = outStart + node * width;
            int column = 0;
            for (; column + 8 <= width; column += 8) {
                sumEight(from, to, xStart + column, at + column);
            }
            for (; column < width; column++) {
                sumOne(from, to, xStart + column, at + column);
            }
        }
    }

    private void bringInOrder(int from, int to) {
        if (order.isIdentity()) {
            System.arraycopy(given, givenStart + from, weights, from, to - from);
            return;
        }
        int[] edges = order.edges();
        for (int e = from; e < to; e++) {
            weights[e] = given[givenStart + edges[e]];
        }
    }

    private void sumEight(int from, int to, int start, int at) {
        float[] w = weights;
        float[] values = x;
        int[] rows = order.rows();
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        float s4 = 0;
        float s5 = 0;
        float s6 = 0;
        float s7 = 0;
        for (int e = from; e < to; e++) {
            float weight = w[e];
            int i = start + rows[e];
            s0 = Math.fma(weight, values[i], s0);
            s1 = Math.fma(weight, values[i + 1], s1);
            s2 = Math.fma(weight, values[i + 2], s2);
            s3 = Math.fma(weight, values[i + 3], s3);
            s4 = Math.fma(weight, values[i + 4], s4);
            s5 = Math.fma(weight, values[i + 5], s5);
            s6 = Math.fma(weight, values[i + 6], s6);
            s7 = Math.fma(weight, values[i + 7], s7);
        }
        out[at] = s0;
        out[at + 1] = s1;
        out[at + 2] = s2;
        out[at + 3] = s3;
        out[at + 4] = s4;
        out[at + 5] = s5;
        out[at + 6] = s6;
        out[at + 7] = s7;
    }

    private void sumOne(int from, int to, int start, int at) {
        int[] rows = order.rows();
        float sum = 0;
        for (int e = from; e < to; e++) {
            sum = Math.fma(weights[e], x[start + rows[e]], sum);
        }
        out[at] = sum;
    }
}
