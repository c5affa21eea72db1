package dagrad.cpu;

import dagrad.plan.Launch;
import dagrad.plan.Operand;
import dagrad.tensor.DType;

/// The place of the first largest element along an axis, [dagrad.graph.ArgMax]; NaN counts as largest.
final class ArgMaxKernel implements Step {
    /// Elements that one chunk looks at.
    private static final int CHUNK = 1 << 14;

    private final Elements x;
    private final int[] out;
    private final int outStart;
    private final int results;
    private final int extent;
    /// From one element along the axis to the next.
    private final int stride;
    private final int perChunk;
    private final Workers.Chunk chunk;

    /// @param axis the operation's
    ArgMaxKernel(Launch.Kernel launch, int axis, Memory memory) {
        Operand operand = launch.reads().getFirst();
        Operand result = launch.writes().getFirst();
        x = Elements.of(operand, memory);
        out = memory.ints(result);
        outStart = memory.start(result);
        results = Math.toIntExact(result.shape().size());
        extent = operand.shape().dim(axis);
        stride = Math.toIntExact(operand.shape().strides()[axis]);
        perChunk = Math.max(1, CHUNK / extent);
        chunk = operand.dtype() == DType.F32 ? this::floats : this::elements;
    }

    @Override
    public void run(Workers workers) {
        workers.run(Math.ceilDiv(results, perChunk), chunk);
    }

    /// Where in the operand the elements begin among which a result chooses.
    private int first(int result) {
        return result / stride * extent * stride + result % stride;
    }

    private void floats(int number, int worker) {
        float[] values = (float[]) x.array();
        for (int i = number * perChunk; i < Math.min(results, (number + 1) * perChunk); i++) {
            int at = x.start() + first(i);
            float best = values[at];
            int place = 0;
            for (int k = 1; k < extent; k++) {
                float value = values[at + k * stride];
                if (value > best || Float.isNaN(value) && !Float.isNaN(best)) {
                    best = value;
                    place = k;
                }
            }
            out[outStart + i] = place;
        }
    }

    private void elements(int number, int worker) {
        for (int i = number * perChunk; i < Math.min(results, (number + 1) * perChunk); i++) {
            int at = first(i);
            int place = 0;
            for (int k = 1; k < extent; k++) {
                if (larger(at + k * stride, at + place * stride)) {
                    place = k;
                }
            }
            out[outStart + i] = place;
        }
    }

    private boolean larger(int i, int j) {
        if (x.isFloating()) {
            double a = x.real(i);
            double b = x.real(j);
            return Double.isNaN(a) ? !Double.isNaN(b) : a > b;
        }
        return x.integer(i) > x.integer(j);
    }
}
