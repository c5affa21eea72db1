package dagrad.cpu;

import dagrad.graph.Conv2dWeightGrad;
import dagrad.plan.Launch;
import dagrad.plan.Operand;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// [dagrad.graph.Conv2dWeightGrad] as products of the results' gradients with unfolded windows. The images are summed
/// in a fixed number of shares, each by one thread, and then the shares in order.
final class Conv2dWeightGradKernel implements Step {
    private static final int MOST_SHARES = 16;
    /// Elements of all shares together, about.
    private static final int MOST_ELEMENTS = 1 << 21;
    /// With fewer shares than this the results' channels are shared among the threads too, in pieces of at most
    private static final int FEW_SHARES = 4;
    /// so many.
    private static final int PIECE = 128;

    private final ConvGeometry geometry;
    private final float[] images;
    private final int imagesStart;
    private final float[] gradients;
    private final int gradientsStart;
    private final float[] out;
    private final int outStart;
    private final float[][] shares;
    /// Whether shares hold the transposed weights: OpenBLAS is the faster the more rows a product has (74 GFLOP/s for
    /// 288 x 64, 65 for 64 x 288; Zen 3).
    private final boolean tapsFirst;
    private final int outputsPerPiece;
    private final int pieces;
    /// For each share, group and piece of its outputs, where their weights begin.
    private final MemorySegment[] sums;
    private final int height;
    private final Products products;
    private final Own[] own;
    private final Workers.Chunk multiplying = this::multiply;
    private final Workers.Chunk adding = this::add;

    Conv2dWeightGradKernel(Launch.Kernel launch, Conv2dWeightGrad op, Memory memory, Blas blas, Scratch scratch) {
        Operand x = launch.reads().get(0);
        Operand y = launch.reads().get(1);
        Operand weights = launch.writes().getFirst();
        geometry = ConvGeometry.of(x.shape(), weights.shape(), y.shape(), op.conv());
        images = memory.floats(x);
        imagesStart = memory.start(x);
        gradients = memory.floats(y);
        gradientsStart = memory.start(y);
        out = memory.floats(weights);
        outStart = memory.start(weights);
        int size = Math.toIntExact(weights.shape().size());
        shares = scratch.floats(Math.clamp(MOST_ELEMENTS / size, 1, Math.min(geometry.n(), MOST_SHARES)), size);
        outputsPerPiece = shares.length >= FEW_SHARES ? geometry.outputs() : Math.min(PIECE, geometry.outputs());
        pieces = Math.ceilDiv(geometry.outputs(), outputsPerPiece);
        tapsFirst = geometry.taps() > outputsPerPiece;
        int kernels = geometry.groups() * pieces;
        sums = new MemorySegment[shares.length * kernels];
        for (int i = 0; i < sums.length; i++) {
            int group = i % kernels / pieces * geometry.outputs();
            int piece = i % pieces * outputsPerPiece;
            sums[i] = MemorySegment.ofArray(shares[i / kernels]).asSlice(4L * (group + piece) * geometry.taps());
        }
        height = geometry.height(geometry.taps());
        products = new Products(blas);
        own = new Own[scratch.workers()];
        for (int i = 0; i < own.length; i++) {
            own[i] = new Own(scratch);
        }
    }

    private final class Own {
        final Windows windows;
        final Dense columns;
        final Dense rows;

        Own(Scratch scratch) {
            windows = new Windows(scratch, geometry, height);
            columns = scratch.dense(geometry.taps() * height * geometry.ow());
            rows = scratch.dense(outputsPerPiece * height * geometry.ow());
        }
    }

    @Override
    public void run(Workers workers) {
        workers.run(sums.length, multiplying);
        workers.run(geometry.groups() * pieces, adding);
    }

    private void multiply(int number, int worker) {
        int kernels = geometry.groups() * pieces;
        int share = number / kernels;
        int group = number % kernels / pieces;
        int first = number % pieces * outputsPerPiece;
        int count = Math.min(outputsPerPiece, geometry.outputs() - first);
        int begin = (group * geometry.outputs() + first) * geometry.taps();
        Arrays.fill(shares[share], begin, begin + count * geometry.taps(), 0);
        int last = (int) ((long) geometry.n() * (share + 1) / shares.length);
        for (int image = (int) ((long) geometry.n() * share / shares.length); image < last; image++) {
            for (int row = 0; row < geometry.oh(); row += height) {
                int rows = Math.min(height, geometry.oh() - row);
                int from = gradientsStart
                        + geometry.resultStart(image, group, row)
                        + first * geometry.oh() * geometry.ow();
                Own mine = own[worker];
                mine.windows.unfold(
                        images, imagesStart + geometry.imageStart(image, group), row, rows, mine.columns.floats());
                geometry.loadRows(gradients, from, count, rows, mine.rows.floats());
                multiply(count, rows * geometry.ow(), mine, sums[number]);
            }
        }
    }

    private void multiply(int count, int pixels, Own mine, MemorySegment sum) {
        MemorySegment rows = mine.rows.bytes();
        MemorySegment columns = mine.columns.bytes();
        if (tapsFirst) {
            products.rightTransposed(geometry.taps(), count, pixels, 1, columns, rows, sum);
        } else {
            products.rightTransposed(count, geometry.taps(), pixels, 1, rows, columns, sum);
        }
    }

    /// Adds the shares of one piece of one group.
    private void add(int kernel, int worker) {
        int first = kernel % pieces * outputsPerPiece;
        int count = Math.min(outputsPerPiece, geometry.outputs() - first);
        int from = (kernel / pieces * geometry.outputs() + first) * geometry.taps();
        int to = from + count * geometry.taps();
        float[] sum = shares[0];
        for (int share = 1; share < shares.length; share++) {
            add(sum, shares[share], from, to);
        }
        if (!tapsFirst) {
            System.arraycopy(sum, from, out, outStart + from, to - from);
            return;
        }
        for (int output = 0; output < count; output++) {
            int at = outStart + from + output * geometry.taps();
            for (int tap = 0; tap < geometry.taps(); tap++) {
                out[at + tap] = sum[from + tap * count + output];
            }
        }
    }

    private static void add(float[] sum, float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            sum[i] += x[i];
        }
    }
}
