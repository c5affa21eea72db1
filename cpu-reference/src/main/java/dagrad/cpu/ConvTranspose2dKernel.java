package dagrad.cpu;

import dagrad.graph.ConvTranspose2d;
import dagrad.plan.Launch;
import dagrad.plan.Operand;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// [dagrad.graph.ConvTranspose2d] as products of the transposed kernels with the operand, folded. A chunk is some
/// channels of one image of the result; it adds block after block of the operand's rows to them.
final class ConvTranspose2dKernel implements Step {
    /// With fewer images than this the channels of one are shared among the threads.
    private static final int MANY = 8;
    /// Channels that are worth a chunk of their own.
    private static final int FEW = 16;

    /// Of the convolution that this one is the adjoint of: its images are the results here.
    private final ConvGeometry geometry;
    private final float[] results;
    private final int resultsStart;
    private final float[] operand;
    private final int operandStart;
    /// For each group and each piece of its channels, where the kernels' columns for it begin.
    private final MemorySegment[] kernels;
    private final int channelsPerPiece;
    private final int pieces;
    private final int height;
    private final Blas blas;
    private final Own[] own;
    private final Workers.Chunk chunk = this::convolve;

    ConvTranspose2dKernel(Launch.Kernel launch, ConvTranspose2d op, Memory memory, Blas blas, Scratch scratch) {
        Operand y = launch.reads().get(0);
        Operand weights = launch.reads().get(1);
        Operand x = launch.writes().getFirst();
        geometry = ConvGeometry.of(x.shape(), weights.shape(), y.shape(), op.conv());
        results = memory.floats(x);
        resultsStart = memory.start(x);
        operand = memory.floats(y);
        operandStart = memory.start(y);
        channelsPerPiece = geometry.n() >= MANY ? geometry.channels() : Math.min(FEW, geometry.channels());
        pieces = Math.ceilDiv(geometry.channels(), channelsPerPiece);
        MemorySegment all = MemorySegment.ofArray(memory.floats(weights));
        kernels = new MemorySegment[geometry.groups() * pieces];
        for (int i = 0; i < kernels.length; i++) {
            int group = i / pieces * geometry.outputs() * geometry.taps();
            int columns = i % pieces * channelsPerPiece * geometry.kh() * geometry.kw();
            kernels[i] = all.asSlice(4L * (memory.start(weights) + group + columns));
        }
        height = geometry.height(channelsPerPiece * geometry.kh() * geometry.kw());
        this.blas = blas;
        own = new Own[scratch.workers()];
        for (int i = 0; i < own.length; i++) {
            own[i] = new Own(scratch);
        }
    }

    private final class Own {
        final Windows windows;
        final Dense rows;
        final Dense columns;

        Own(Scratch scratch) {
            windows = new Windows(scratch, geometry, height);
            rows = scratch.dense(geometry.outputs() * height * geometry.ow());
            columns = scratch.dense(channelsPerPiece * geometry.kh() * geometry.kw() * height * geometry.ow());
        }
    }

    @Override
    public void run(Workers workers) {
        workers.run(geometry.n() * kernels.length, chunk);
    }

    private void convolve(int number, int worker) {
        int image = number / kernels.length;
        int kernel = number % kernels.length;
        int group = kernel / pieces;
        int first = kernel % pieces * channelsPerPiece;
        int count = Math.min(channelsPerPiece, geometry.channels() - first);
        int plane = geometry.h() * geometry.w();
        int to = resultsStart + geometry.imageStart(image, group) + first * plane;
        Arrays.fill(results, to, to + count * plane, 0);
        for (int row = 0; row < geometry.oh(); row += height) {
            int rows = Math.min(height, geometry.oh() - row);
            int from = operandStart + geometry.resultStart(image, group, row);
            Own mine = own[worker];
            geometry.loadRows(operand, from, geometry.outputs(), rows, mine.rows.floats());
            multiply(kernels[kernel], count * geometry.kh() * geometry.kw(), rows * geometry.ow(), mine);
            mine.windows.fold(mine.columns.floats(), count, row, rows, results, to);
        }
    }

    /// columns[taps, pixels] = weights[outputs, taps]ᵀ rows[outputs, pixels].
    private void multiply(MemorySegment weights, int taps, int pixels, Own mine) {
        Arrays.fill(mine.columns.floats(), 0, taps * pixels, 0);
        int width = geometry.taps();
        int outputs = geometry.outputs();
        MemorySegment rows = mine.rows.bytes();
        blas.sgemm(
                true, false, taps, pixels, outputs, 1, weights, width, rows, pixels, 1, mine.columns.bytes(), pixels);
    }
}
