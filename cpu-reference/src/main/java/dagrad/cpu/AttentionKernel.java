package dagrad.cpu;

import dagrad.graph.Attention;
import dagrad.plan.Launch;
import dagrad.plan.Operand;
import java.util.Arrays;
import java.util.List;

/// [dagrad.graph.Attention] block by block of query rows, so that scores exist only for one block at a time: s = q
/// kᵀ, p = 2^s, o = p v / Σ p.
///
/// No maximum is taken away from the scores first: what it would change cancels, as long as the sums are neither too
/// large nor too small for a float. Where they are, the block is computed again with it.
final class AttentionKernel implements Step {
    /// With fewer matrices than this the blocks of one are shared among the threads; each then loads k and v.
    private static final int MANY = 16;

    private static final float LEAST_SUM = 0x1p-60f;
    private static final float GREATEST_SUM = 0x1p100f;

    private final AttentionBlocks blocks;
    private final Rows q;
    private final Rows k;
    private final Rows v;
    private final Rows o;
    private final Rows logSum;
    private final float scale;
    private final Products products;
    private final Own[] own;
    private final int chunks;
    private final Workers.Chunk chunk;

    AttentionKernel(Launch.Kernel launch, Attention op, Memory memory, Blas blas, Scratch scratch) {
        List<Operand> in = launch.reads();
        blocks = new AttentionBlocks(in, op.causal(), op.masked(), memory);
        q = new Rows(in.get(0), memory);
        k = new Rows(in.get(1), memory);
        v = new Rows(in.get(2), memory);
        o = new Rows(launch.writes().get(0), memory);
        logSum = new Rows(launch.writes().get(1), memory);
        scale = (float) (op.scale() * Exp2.LOG2_E);
        products = new Products(blas);
        own = new Own[scratch.workers()];
        for (int i = 0; i < own.length; i++) {
            own[i] = new Own(scratch);
        }
        boolean many = q.batch() >= MANY;
        chunks = many ? q.batch() : q.batch() * blocks.count();
        chunk = many ? this::matrix : this::oneBlock;
    }

    /// One worker's: dense copies of the operands, scores, and what becomes of them.
    private final class Own {
        final Dense queries;
        final Dense keys;
        final Dense values;
        final Dense scores;
        final Dense result;
        final float[] shift;
        final float[] sums;
        final Exp2 exp2;

        Own(Scratch scratch) {
            queries = scratch.dense(blocks.height() * q.width());
            keys = scratch.dense(k.rows() * k.width());
            values = scratch.dense(v.rows() * v.width());
            scores = scratch.dense(blocks.capacity());
            result = scratch.dense(blocks.height() * v.width());
            shift = scratch.floats(blocks.height());
            sums = scratch.floats(blocks.height());
            exp2 = new Exp2(scratch, blocks.capacity());
        }
    }

    @Override
    public void run(Workers workers) {
        workers.run(chunks, chunk);
    }

    private void matrix(int matrix, int worker) {
        Own mine = own[worker];
        k.load(matrix, 0, k.rows(), mine.keys.floats());
        v.load(matrix, 0, v.rows(), mine.values.floats());
        for (int block = 0; block < blocks.count(); block++) {
            compute(matrix, block, mine);
        }
    }

    private void oneBlock(int number, int worker) {
        Own mine = own[worker];
        int matrix = number / blocks.count();
        int block = number % blocks.count();
        k.load(matrix, 0, blocks.columns(block), mine.keys.floats());
        v.load(matrix, 0, blocks.columns(block), mine.values.floats());
        compute(matrix, block, mine);
    }

    private void compute(int matrix, int block, Own mine) {
        int from = blocks.from(block);
        int rows = blocks.to(block) - from;
        int columns = blocks.columns(block);
        q.load(matrix, from, rows, mine.queries.floats());
        score(matrix, block, mine);
        if (!weighAsIs(rows, columns, mine)) {
            score(matrix, block, mine);
            weighFromMaximum(rows, columns, mine);
        }
        int width = v.width();
        Arrays.fill(mine.result.floats(), 0, rows * width, 0);
        products.plain(rows, width, columns, 1, mine.scores.bytes(), mine.values.bytes(), mine.result.bytes());
        for (int i = 0; i < rows; i++) {
            divide(mine.result.floats(), mine.sums[i], i * width, (i + 1) * width);
            logSum.set(matrix, from + i, (float) (Math.log(mine.sums[i]) + mine.shift[i] * Exp2.LN_2));
        }
        o.store(matrix, from, rows, mine.result.floats());
    }

    private void score(int matrix, int block, Own mine) {
        int rows = blocks.to(block) - blocks.from(block);
        int columns = blocks.columns(block);
        int width = q.width();
        Arrays.fill(mine.shift, 0);
        blocks.prepare(matrix, block, mine.shift, mine.scores.floats());
        products.rightTransposed(
                rows, columns, width, scale, mine.queries.bytes(), mine.keys.bytes(), mine.scores.bytes());
    }

    /// Turns scores into weights that are not normalised yet.
    ///
    /// @return whether the sums can be trusted
    private static boolean weighAsIs(int rows, int columns, Own mine) {
        mine.exp2.apply(mine.scores.floats(), 0, 0, rows * columns);
        boolean good = true;
        for (int i = 0; i < rows; i++) {
            float sum = Sums.sum(mine.scores.floats(), i * columns, (i + 1) * columns);
            mine.sums[i] = sum;
            good &= sum >= LEAST_SUM && sum <= GREATEST_SUM;
        }
        return good;
    }

    private static void weighFromMaximum(int rows, int columns, Own mine) {
        for (int i = 0; i < rows; i++) {
            float max = Sums.max(mine.scores.floats(), i * columns, (i + 1) * columns);
            mine.exp2.apply(mine.scores.floats(), max, i * columns, (i + 1) * columns);
            mine.shift[i] = max;
            mine.sums[i] = Sums.sum(mine.scores.floats(), i * columns, (i + 1) * columns);
        }
    }

    private static void divide(float[] x, float divisor, int from, int to) {
        float factor = 1 / divisor;
        for (int i = from; i < to; i++) {
            x[i] *= factor;
        }
    }
}
