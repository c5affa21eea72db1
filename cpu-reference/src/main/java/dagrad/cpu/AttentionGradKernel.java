package dagrad.cpu;

import dagrad.graph.AttentionGrad;
import dagrad.plan.Launch;
import dagrad.plan.Operand;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// [dagrad.graph.AttentionGrad] block by block of query rows (Dao, "FlashAttention-2", 2023, algorithm 2): the
/// weights p = 2^(s - l) are found anew from the scores. A chunk is one matrix, so that dk and dv are summed by one
/// thread in the order of the blocks.
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
    private final Products products;
    private final Own[] own;
    private final Workers.Chunk chunk = this::matrix;

    AttentionGradKernel(Launch.Kernel launch, AttentionGrad op, Memory memory, Blas blas, Scratch scratch) {
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
        products = new Products(blas);
        own = new Own[scratch.workers()];
        for (int i = 0; i < own.length; i++) {
            own[i] = new Own(scratch);
        }
    }

    /// One worker's: dense copies of the operands, two tiles of scores, and the sums of dk and dv.
    private final class Own {
        final Dense queries;
        final Dense keys;
        final Dense values;
        final Dense outGrads;
        final Dense products;
        final Dense weights;
        final Dense scoreGrads;
        final Dense queryGrads;
        final Dense keyGrads;
        final Dense valueGrads;
        final float[] shift;
        final Exp2 exp2;

        Own(Scratch scratch) {
            queries = scratch.dense(blocks.height() * q.width());
            keys = scratch.dense(k.rows() * k.width());
            values = scratch.dense(v.rows() * v.width());
            outGrads = scratch.dense(blocks.height() * v.width());
            products = scratch.dense(blocks.height() * v.width());
            weights = scratch.dense(blocks.capacity());
            scoreGrads = scratch.dense(blocks.capacity());
            queryGrads = scratch.dense(blocks.height() * q.width());
            keyGrads = scratch.dense(k.rows() * k.width());
            valueGrads = scratch.dense(v.rows() * v.width());
            shift = scratch.floats(blocks.height());
            exp2 = new Exp2(scratch, blocks.capacity());
        }
    }

    @Override
    public void run(Workers workers) {
        workers.run(q.batch(), chunk);
    }

    private void matrix(int matrix, int worker) {
        Own mine = own[worker];
        k.load(matrix, 0, k.rows(), mine.keys.floats());
        v.load(matrix, 0, v.rows(), mine.values.floats());
        Arrays.fill(mine.keyGrads.floats(), 0);
        Arrays.fill(mine.valueGrads.floats(), 0);
        for (int block = 0; block < blocks.count(); block++) {
            weigh(matrix, block, mine);
            gradeScores(matrix, block, mine);
            multiply(matrix, block, mine);
        }
        dK.store(matrix, 0, k.rows(), mine.keyGrads.floats());
        dV.store(matrix, 0, v.rows(), mine.valueGrads.floats());
    }

    /// p = 2^(q kᵀ - l).
    private void weigh(int matrix, int block, Own mine) {
        int from = blocks.from(block);
        int rows = blocks.to(block) - from;
        int columns = blocks.columns(block);
        int width = q.width();
        q.load(matrix, from, rows, mine.queries.floats());
        for (int i = 0; i < rows; i++) {
            mine.shift[i] = logSum.get(matrix, from + i) * Exp2.LOG2_E;
        }
        blocks.prepare(matrix, block, mine.shift, mine.weights.floats());
        products.rightTransposed(
                rows,
                columns,
                width,
                scale * Exp2.LOG2_E,
                mine.queries.bytes(),
                mine.keys.bytes(),
                mine.weights.bytes());
        mine.exp2.apply(mine.weights.floats(), 0, 0, rows * columns);
    }

    /// ds = p (do vᵀ - Σ do o).
    private void gradeScores(int matrix, int block, Own mine) {
        int from = blocks.from(block);
        int rows = blocks.to(block) - from;
        int columns = blocks.columns(block);
        int width = v.width();
        dO.load(matrix, from, rows, mine.outGrads.floats());
        o.load(matrix, from, rows, mine.products.floats());
        multiply(mine.products.floats(), mine.outGrads.floats(), rows * width);
        for (int i = 0; i < rows; i++) {
            float sum = Sums.sum(mine.products.floats(), i * width, (i + 1) * width);
            Arrays.fill(mine.scoreGrads.floats(), i * columns, (i + 1) * columns, -sum);
        }
        products.rightTransposed(
                rows, columns, width, 1, mine.outGrads.bytes(), mine.values.bytes(), mine.scoreGrads.bytes());
        multiply(mine.scoreGrads.floats(), mine.weights.floats(), rows * columns);
    }

    private static void multiply(float[] x, float[] y, int n) {
        for (int i = 0; i < n; i++) {
            x[i] *= y[i];
        }
    }

    /// dv += pᵀ do, dq = ds k scale, dk += dsᵀ q scale, dmask = ds.
    private void multiply(int matrix, int block, Own mine) {
        int from = blocks.from(block);
        int rows = blocks.to(block) - from;
        int columns = blocks.columns(block);
        int width = q.width();
        int wide = v.width();
        products.leftTransposed(
                columns, wide, rows, 1, mine.weights.bytes(), mine.outGrads.bytes(), mine.valueGrads.bytes());
        Arrays.fill(mine.queryGrads.floats(), 0, rows * width, 0);
        products.plain(
                rows, width, columns, scale, mine.scoreGrads.bytes(), mine.keys.bytes(), mine.queryGrads.bytes());
        products.leftTransposed(
                columns, width, rows, scale, mine.scoreGrads.bytes(), mine.queries.bytes(), mine.keyGrads.bytes());
        dQ.store(matrix, from, rows, mine.queryGrads.floats());
        for (int i = 0; dMask.isPresent() && i < rows; i++) {
            dMask.get().store(matrix, from + i, columns, mine.scoreGrads.floats(), i * columns);
        }
    }
}
