package dagrad.cuda.code;

import dagrad.plan.Card;
import dagrad.tensor.DType;
import java.util.List;

/// Which of attention's kernels are called, and how they cut the scores: those of `attention.cu`, which add and
/// multiply floats, or those of `attention_bf16.cu`, which use tensor cores.
///
/// @param suffix of the kernels' names
/// @param queries rows of queries that a block of the forward kernel owns
/// @param rows queries or keys that a block of a gradient's kernel owns
/// @param forwardBytes of shared memory that a block is given, beside what its kernel has
/// @param keysBytes the same for the gradients of keys and values
/// @param queriesBytes the same for the gradients of queries
record AttentionTiles(
        Source source,
        String suffix,
        int threads,
        int queries,
        int rows,
        int forwardBytes,
        int keysBytes,
        int queriesBytes) {
    private static final List<Integer> WIDTHS = List.of(64, 128, 256);
    private static final List<Integer> TENSOR_CORE_WIDTHS = List.of(32, 64, 96, 128);

    /// Columns of matrices that the kernels have room for, at most.
    static final int WIDEST = WIDTHS.getLast();

    private static final int ROWS = 64;
    private static final int PLAIN_THREADS = 256;
    private static final int TENSOR_CORE_THREADS = 128;

    /// @param widest columns of the widest matrix
    static AttentionTiles of(DType type, int widest, Card card) {
        return type == DType.BF16 && card.multipliesBf16() && widest <= TENSOR_CORE_WIDTHS.getLast()
                ? tensorCores(least(TENSOR_CORE_WIDTHS, widest))
                : plain(type, least(WIDTHS, widest));
    }

    private static int least(List<Integer> widths, int widest) {
        return widths.stream().filter(w -> w >= widest).findFirst().orElseThrow();
    }

    private static AttentionTiles plain(DType type, int width) {
        return new AttentionTiles(
                new Source.Shipped("attention.cu"), type.text() + "_" + width, PLAIN_THREADS, ROWS, ROWS, 0, 0, 0);
    }

    /// The extents are HEIGHT, STEP and PITCH of the source.
    private static AttentionTiles tensorCores(int width) {
        int queries = width <= 64 ? 2 * ROWS : ROWS;
        int step = width <= 64 ? 64 : 32;
        int row = (width + 8) * DType.BF16.bytes();
        int gradient = (2 * ROWS + 4 * step) * row;
        return new AttentionTiles(
                new Source.Shipped("attention_bf16.cu"),
                "mma_" + width,
                TENSOR_CORE_THREADS,
                queries,
                ROWS,
                (queries + 4 * step) * row,
                gradient + 4 * step * DType.F32.bytes(),
                gradient);
    }
}
