package dagrad.cpu;

import dagrad.graph.AttentionGrad;
import dagrad.plan.Launch;
import dagrad.plan.Operand;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// [dagrad.graph.AttentionGrad] block by block of query rows (Dao, "FlashAttention-2", 2023, algorithm 2): the weights
/// p = 2^(s - l) are found anew from the scores. A chunk is one matrix, so that dk and dv are summed by one thread in
/// the order of the blocks.
final class AttentionGradKernel implements Step {
    private final AttentionBlocks blocks;
    private final Rows q;
    private final Rows k;
    private final Rows v;
    private final Rows o;
    private final Rows logSum;
    private final Rows dO;
    private final Rows dQ;
    private final Rows dK;
    private final Rows dV;
    private final Optional<Rows> dMask;
    private final float scale;
    private final Blas blas;
    private final Scratch[] scratch;
    private final Workers.Chunk chunk = this::matrix;

    AttentionGradKernel(Launch.Kernel launch, AttentionGrad op, Memory memory, Blas blas, int workers) {
        List<Operand> in = launch.reads();
        List<Operand> out = launch.writes();
        int first = op.masked() ? 4 : 3;
        blocks = new AttentionBlocks(in, op.causal(), op.masked(), memory);
        q = new Rows(in.get(0), memory);
        k = new Rows(in.get(1), memory);
        v = new Rows(in.get(2), memory);
        o = new Rows(in.get(first), memory);
        logSum = new Rows(in.get(first + 1), memory);
        dO = new Rows(in.get(first + 2), memory);
        dQ = new Rows(out.get(0), memory);
        dK = new Rows(out.get(1), memory);
        dV = new Rows(out.get(2), memory);
        dMask = op.masked() ? Optional.of(new Rows(out.get(3), memory)) : Optional.empty();
        scale = (float) op.scale();
        this.blas = blas;
        scratch = new Scratch[workers];
        for (int i = 0; i < workers; i++) {
            scratch[i] = new Scratch();
        }
    }

    /// One worker's: dense copies of the operands, two tiles of scores, and the sums of dk and dv.
    private final class Scratch {
        final float[] queries = new float[blocks.height() * q.width()];
        final float[] keys = new float[k.rows() * k.width()];
        final float[] values = new float[v.rows() * v.width()];
        final float[] outGrads = new float[blocks.height() * v.width()];
        final float[] products = new float[blocks.height() * v.width()];
        final float[] weights = new float[blocks.capacity()];
        final float[] scoreGrads = new float[blocks.capacity()];
        final float[] queryGrads = new float[blocks.height() * q.width()];
        final float[] keyGrads = new float[k.rows() * k.width()];
        final float[] valueGrads = new float[v.rows() * v.width()];
        final float[] shift = new float[blocks.height()];
        final MemorySegment queriesBytes = MemorySegment.ofArray(queries);
        final MemorySegment keysBytes = MemorySegment.ofArray(keys);
        final MemorySegment valuesBytes = MemorySegment.ofArray(values);
        final MemorySegment outGradsBytes = MemorySegment.ofArray(outGrads);
        final MemorySegment weightsBytes = MemorySegment.ofArray(weights);
        final MemorySegment scoreGradsBytes = MemorySegment.ofArray(scoreGrads);
        final MemorySegment queryGradsBytes = MemorySegment.ofArray(queryGrads);
        final MemorySegment keyGradsBytes = MemorySegment.ofArray(keyGrads);
        final MemorySegment valueGradsBytes = MemorySegment.ofArray(valueGrads);
        final Exp2 exp2 = new Exp2(weights.length);
    }

    @Override
    public void run(Workers workers) {
        workers.run(q.batch(), chunk);
    }

    private void matrix(int matrix, int worker) {
        Scratch mine = scratch[worker];
        k.load(matrix, 0, k.rows(), mine.keys);
        v.load(matrix, 0, v.rows(), mine.values);
        Arrays.fill(mine.keyGrads, 0);
        Arrays.fill(mine.valueGrads, 0);
        for (int block = 0; block < blocks.count(); block++) {
            weigh(matrix, block, mine);
            gradeScores(matrix, block, mine);
            multiply(matrix, block, mine);
        }
        dK.store(matrix, 0, k.rows(), mine.keyGrads);
        dV.store(matrix, 0, v.rows(), mine.valueGrads);
    }

    /// p = 2^(q kᵀ - l).
    private void weigh(int matrix, int block, Scratch mine) {
        int from = blocks.from(block);
        int rows = blocks.to(block) - from;
        int columns = blocks.columns(block);
        int width = q.width();
        q.load(matrix, from, rows, mine.queries);
        for (int i = 0; i < rows; i++) {
            mine.shift[i] = logSum.get(matrix, from + i) * Exp2.LOG2_E;
        }
        blocks.prepare(matrix, block, mine.shift, mine.weights);
        blas.sgemm(
                false, true, rows, columns, width, scale * Exp2.LOG2_E, mine.queriesBytes, width, mine.keysBytes,
                width, 1, mine.weightsBytes, columns);
        mine.exp2.apply(mine.weights, 0, 0, rows * columns);
    }

    /// ds = p (do vᵀ - Σ do o).
    private void gradeScores(int matrix, int block, Scratch mine) {
        int from = blocks.from(block);
        int rows = blocks.to(block) - from;
        int columns = blocks.columns(block);
        int width = v.width();
        dO.load(matrix, from, rows, mine.outGrads);
        o.load(matrix, from, rows, mine.products);
        multiply(mine.products, mine.outGrads, rows * width);
        for (int i = 0; i < rows; i++) {
            float sum = Sums.sum(mine.products, i * width, (i + 1) * width);
            Arrays.fill(mine.scoreGrads, i * columns, (i + 1) * columns, -sum);
        }
        blas.sgemm(
                false, true, rows, columns, width, 1, mine.outGradsBytes, width, mine.valuesBytes, width, 1,
                mine.scoreGradsBytes, columns);
        multiply(mine.scoreGrads, mine.weights, rows * columns);
    }

    private static void multiply(float[] x, float[] y, int n) {
        for (int i = 0; i < n; i++) {
            x[i] *= y[i];
        }
    }

    /// dv += pᵀ do, dq = ds k scale, dk += dsᵀ q scale, dmask = ds.
    private void multiply(int matrix, int block, Scratch mine) {
        int from = blocks.from(block);
        int rows = blocks.to(block) - from;
        int columns = blocks.columns(block);
        int width = q.width();
        int wide = v.width();
        blas.sgemm(
                true, false, columns, wide, rows, 1, mine.weightsBytes, columns, mine.outGradsBytes, wide, 1,
                mine.valueGradsBytes, wide);
        Arrays.fill(mine.queryGrads, 0, rows * width, 0);
        blas.sgemm(
                false, false, rows, width, columns, scale, mine.scoreGradsBytes, columns, mine.keysBytes, width, 1,
                mine.queryGradsBytes, width);
        blas.sgemm(
                true, false, columns, width, rows, scale, mine.scoreGradsBytes, columns, mine.queriesBytes, width, 1,
                mine.keyGradsBytes, width);
        dQ.store(matrix, from, rows, mine.queryGrads);
        for (int i = 0; dMask.isPresent() && i < rows; i++) {
            dMask.get().store(matrix, from + i, columns, mine.scoreGrads, i * columns);
        }
    }
}
