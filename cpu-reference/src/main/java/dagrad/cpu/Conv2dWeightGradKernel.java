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
    /// Elements that one chunk sums.
    private static final int CHUNK = 1 << 14;

    private final ConvGeometry geometry;
    private final float[] images;
    private final int imagesStart;
    private final float[] gradients;
    private final int gradientsStart;
    private final float[] out;
    private final int outStart;
    private final float[][] shares;
    private final int size;
    private final int outputsPerPiece;
    private final int pieces;
    /// For each share, group and piece of its outputs, where their weights begin.
    private final MemorySegment[] sums;
    private final int height;
    private final Products products;
    private final Scratch[] scratch;
    private final Workers.Chunk multiplying = this::multiply;
    private final Workers.Chunk adding = this::add;

    Conv2dWeightGradKernel(Launch.Kernel launch, Conv2dWeightGrad op, Memory memory, Blas blas, int workers) {
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
        size = Math.toIntExact(weights.shape().size());
        shares = new float[Math.clamp(MOST_ELEMENTS / size, 1, Math.min(geometry.n(), MOST_SHARES))][size];
        outputsPerPiece = shares.length >= FEW_SHARES ? geometry.outputs() : Math.min(PIECE, geometry.outputs());
        pieces = Math.ceilDiv(geometry.outputs(), outputsPerPiece);
        int kernels = geometry.groups() * pieces;
        sums = new MemorySegment[shares.length * kernels];
        for (int i = 0; i < sums.length; i++) {
            int group = i % kernels / pieces * geometry.outputs();
            int piece = i % pieces * outputsPerPiece;
            sums[i] = MemorySegment.ofArray(shares[i / kernels]).asSlice(4L * (group + piece) * geometry.taps());
        }
        height = geometry.height(geometry.taps());
        products = new Products(blas);
        scratch = new Scratch[workers];
        for (int i = 0; i < workers; i++) {
            scratch[i] = new Scratch();
        }
    }

    private final class Scratch {
        final Dense columns = Dense.of(geometry.taps() * height * geometry.ow());
        final Dense rows = Dense.of(outputsPerPiece * height * geometry.ow());
    }

    @Override
    public void run(Workers workers) {
        workers.run(sums.length, multiplying);
        workers.run(Math.ceilDiv(size, CHUNK), adding);
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
                Scratch mine = scratch[worker];
                geometry.unfold(
                        images, imagesStart + geometry.imageStart(image, group), row, rows, mine.columns.floats());
                geometry.loadRows(gradients, from, count, rows, mine.rows.floats());
                products.rightTransposed(
                        count,
                        geometry.taps(),
                        rows * geometry.ow(),
                        1,
                        mine.rows.bytes(),
                        mine.columns.bytes(),
                        sums[number]);
            }
        }
    }

    private void add(int number, int worker) {
        int from = number * CHUNK;
        int to = Math.min(size, from + CHUNK);
        for (int share = 1; share < shares.length; share++) {
            add(shares[0], shares[share], from, to);
        }
        System.arraycopy(shares[0], from, out, outStart + from, to - from);
    }

    private static void add(float[] sum, float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            sum[i] += x[i];
        }
    }
}
