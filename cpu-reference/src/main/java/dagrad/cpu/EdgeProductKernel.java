package dagrad.cpu;

import dagrad.plan.Launch;
import dagrad.plan.Operand;

/// [dagrad.graph.EdgeProduct], head by head and eight edges at a time, whose sums are kept in registers while the
/// head's row goes by once.
final class EdgeProductKernel implements Step {
    private final EdgeOrder order;
    private final float[] x;
    private final int xStart;
    private final float[] y;
    private final int yStart;
    private final float[] out;
    private final int outStart;
    private final int width;
    private final int nodesPerChunk;
    private final Workers.Chunk chunk = this::multiply;

    EdgeProductKernel(Launch.Kernel launch, Memory memory, Scratch scratch) {
        Operand tails = launch.reads().get(0);
        Operand heads = launch.reads().get(1);
        Operand result = launch.writes().getFirst();
        width = tails.shape().dim(1);
        order = new EdgeOrder(
                launch.reads().get(3),
                heads.shape().dim(0),
                launch.reads().get(2),
                tails.shape().dim(0),
                width,
                memory,
                scratch);
        x = memory.floats(tails);
        xStart = memory.start(tails);
        y = memory.floats(heads);
        yStart = memory.start(heads);
        out = memory.floats(result);
        outStart = memory.start(result);
        nodesPerChunk = order.nodesPerChunk();
    }

    @Override
    public void run(Workers workers) {
        order.refresh();
        workers.run(Math.ceilDiv(order.nodes(), nodesPerChunk), chunk);
    }

    private void multiply(int number, int worker) {
        int first = number * nodesPerChunk;
        int last = Math.min(order.nodes(), first + nodesPerChunk);
        int[] edges = order.edges();
        int[] rows = order.rows();
        for (int node = first; node < last; node++) {
            int e = order.begin(node);
            int to = order.end(node);
            int row = yStart + node * width;
            for (; e + 8 <= to; e += 8) {
                multiplyEight(edges, rows, e, row);
            }
            for (; e < to; e++) {
                out[outStart + edges[e]] = multiplyOne(xStart + rows[e], row);
            }
        }
    }

    private void multiplyEight(int[] edges, int[] rows, int e, int row) {
        float[] values = x;
        float[] ofHead = y;
        int n = width;
        int i0 = xStart + rows[e];
        int i1 = xStart + rows[e + 1];
        int i2 = xStart + rows[e + 2];
        int i3 = xStart + rows[e + 3];
        int i4 = xStart + rows[e + 4];
        int i5 = xStart + rows[e + 5];
        int i6 = xStart + rows[e + 6];
        int i7 = xStart + rows[e + 7];
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        float s4 = 0;
        float s5 = 0;
        float s6 = 0;
        float s7 = 0;
        for (int b = 0; b < n; b++) {
            float v = ofHead[row + b];
            s0 = Math.fma(v, values[i0 + b], s0);
            s1 = Math.fma(v, values[i1 + b], s1);
            s2 = Math.fma(v, values[i2 + b], s2);
            s3 = Math.fma(v, values[i3 + b], s3);
            s4 = Math.fma(v, values[i4 + b], s4);
            s5 = Math.fma(v, values[i5 + b], s5);
            s6 = Math.fma(v, values[i6 + b], s6);
            s7 = Math.fma(v, values[i7 + b], s7);
        }
        float[] to = out;
        int at = outStart;
        to[at + edges[e]] = s0;
        to[at + edges[e + 1]] = s1;
        to[at + edges[e + 2]] = s2;
        to[at + edges[e + 3]] = s3;
        to[at + edges[e + 4]] = s4;
        to[at + edges[e + 5]] = s5;
        to[at + edges[e + 6]] = s6;
        to[at + edges[e + 7]] = s7;
    }

    private float multiplyOne(int from, int row) {
        float even = 0;
        float odd = 0;
        int b = 0;
        for (; b + 2 <= width; b += 2) {
            even = Math.fma(y[row + b], x[from + b], even);
            odd = Math.fma(y[row + b + 1], x[from + b + 1], odd);
        }
        for (; b < width; b++) {
            even = Math.fma(y[row + b], x[from + b], even);
        }
        return even + odd;
    }
}
