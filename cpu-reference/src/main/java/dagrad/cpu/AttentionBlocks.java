package dagrad.cpu;

import dagrad.plan.Operand;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// How the scores [t, s] of one matrix of attention are cut into blocks of rows, and what they are before q kᵀ is
/// added: mask, minus the row's shift, and far below zero where a row does not see a column. In powers of two, so the
/// mask is multiplied by log2 e.
final class AttentionBlocks {
    /// Scores of a block, about: two such tiles should stay in the second-level cache of a small core.
    private static final int SCORES = 1 << 15;

    /// Any power of two of it is 0, yet nothing becomes NaN.
    private static final float HIDDEN = -1e30f;

    private final int t;
    private final int s;
    private final boolean causal;
    private final Optional<Rows> mask;
    private final int height;

    /// @param in q, k, v and, if there is one, the mask
    AttentionBlocks(List<Operand> in, boolean causal, boolean masked, Memory memory) {
        this.t = in.get(0).shape().dim(-2);
        this.s = in.get(1).shape().dim(-2);
        this.causal = causal;
        this.mask = masked ? Optional.of(new Rows(in.get(3), memory)) : Optional.empty();
        this.height = Math.clamp(SCORES / s, 16, 64);
    }

    int count() {
        return Math.ceilDiv(t, height);
    }

    /// Rows of a full block.
    int height() {
        return height;
    }

    /// Length of an array that holds the scores of any block.
    int capacity() {
        return height * s;
    }

    int from(int block) {
        return block * height;
    }

    int to(int block) {
        return Math.min(t, (block + 1) * height);
    }

    /// How many columns the block's rows see, the last one most.
    int columns(int block) {
        return causal ? Math.min(s, to(block)) : s;
    }

    /// Fills a tile [rows of the block, its columns].
    ///
    /// @param shift for each row of the block what is taken away
    void prepare(int matrix, int block, float[] shift, float[] tile) {
        int columns = columns(block);
        for (int row = from(block); row < to(block); row++) {
            int at = (row - from(block)) * columns;
            float value = -shift[row - from(block)];
            if (mask.isPresent()) {
                mask.get().load(matrix, row, columns, tile, at);
                add(tile, value, at, at + columns);
            } else {
                Arrays.fill(tile, at, at + columns, value);
            }
            if (causal && row + 1 < columns) {
                Arrays.fill(tile, at + row + 1, at + columns, HIDDEN);
            }
        }
    }

    private static void add(float[] mask, float value, int from, int to) {
        for (int i = from; i < to; i++) {
            mask[i] = Math.max(mask[i] * Exp2.LOG2_E, HIDDEN) + value;
        }
    }
}
