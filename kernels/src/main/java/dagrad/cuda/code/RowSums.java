package dagrad.cuda.code;

import dagrad.plan.Card;
import java.util.List;

/// Reductions along rows of adjacent elements: by groups of up to 32 threads if rows are short, by whole blocks
/// otherwise, by several blocks if there are few long ones. Each thread keeps a sum for each element of a pack.
final class RowSums {
    private static final int THREADS = 256;
    private static final int WARP = 32;
    /// A row of at least so many packs gets a block; where rows are few, a shorter one does.
    private static final int BLOCK_FROM = 512;
    private static final int FEW_ROWS = 1024;
    private static final int BLOCK_FROM_IF_FEW = 64;
    /// Blocks to be had by cutting rows, and the packs for a thread below which it does not pay.
    private static final int WANTED_BLOCKS = 1024;
    private static final int LEAST_PACKS = 4;

    private final Reduction reduction;
    private final int width;
    private final Space rows;
    private final Space packs;
    private final String type;

    private RowSums(Reduction reduction) {
        this.reduction = reduction;
        Elementwise code = reduction.code();
        this.width = code.exactWidth(code.reads().size());
        this.rows = reduction.kept();
        this.packs = reduction.reduced().by(width);
        this.type = code.space().indexType();
    }

    /// In how many parts each row is cut.
    static long parts(Reduction reduction) {
        RowSums sums = new RowSums(reduction);
        if (!sums.blockForEach()) {
            return 1;
        }
        long wanted = Math.ceilDiv(WANTED_BLOCKS, sums.rows.size());
        long useful = Math.ceilDiv(sums.packs.size(), (long) THREADS * LEAST_PACKS);
        long parts = Math.clamp(wanted, 1, useful);
        // As many as there are parts of that length.
        return Math.ceilDiv(sums.packs.size(), Math.ceilDiv(sums.packs.size(), parts));
    }

    private boolean blockForEach() {
        return packs.size() >= BLOCK_FROM || packs.size() >= BLOCK_FROM_IF_FEW && rows.size() <= FEW_ROWS;
    }

    static Call call(Reduction reduction, Card card) {
        RowSums sums = new RowSums(reduction);
        return sums.blockForEach() ? sums.byBlocks(card) : sums.byGroups(card);
    }

    /// One part of a row for each block; parts lie side by side.
    static Call partial(Reduction reduction, long parts, Port to) {
        return new RowSums(reduction).byParts(parts, to);
    }

    // ---- the three ways -------------------------------------------------------------------------------------------

    private Call byGroups(Card card) {
        int lanes = (int) Math.min(WARP, Long.highestOneBit(2 * packs.size() - 1));
        int together = THREADS / lanes;
        Text text = new Text();
        ElementText elements = elements();
        elements.loadScalars(text);
        text.line("const unsigned lane = threadIdx.x % " + lanes + ";");
        text.open("for (" + type + " first = (" + type + ")blockIdx.x * " + together + "; first < "
                + Index.number(rows.size()) + "; first += (" + type + ")gridDim.x * " + together + ")");
        text.line("const " + type + " row = first + threadIdx.x / " + lanes + ";");
        begin(text);
        text.open("if (row < " + Index.number(rows.size()) + ")");
        text.open("for (" + type + " i = lane; i < " + Index.number(packs.size()) + "; i += " + lanes + ")");
        add(text, elements);
        text.close().close();
        join(text);
        shuffle(text, lanes);
        text.open("if (lane == 0 && row < " + Index.number(rows.size()) + ")");
        store(text);
        text.close().close();
        Grid grid = Grid.of(FusedCalls.blocks(Math.ceilDiv(rows.size(), together), card), THREADS);
        return kernel(
                        "Groups of " + lanes + " threads take a row each.",
                        reduction.code().parameters(),
                        text)
                .call(grid, reduction.code().arguments());
    }

    private Call byBlocks(Card card) {
        Text text = new Text();
        text.line("__shared__ " + reduction.sumType() + " warps[" + THREADS / WARP + "];");
        ElementText elements = elements();
        elements.loadScalars(text);
        text.open("for (" + type + " row = blockIdx.x; row < " + Index.number(rows.size()) + "; row += gridDim.x)");
        begin(text);
        text.open("for (" + type + " i = threadIdx.x; i < " + Index.number(packs.size()) + "; i += " + THREADS + ")");
        add(text, elements);
        text.close();
        join(text);
        joinWarps(text);
        text.open("if (threadIdx.x == 0)");
        store(text);
        text.close();
        text.line("__syncthreads();");
        text.close();
        return kernel("A block takes a row.", reduction.code().parameters(), text)
                .call(
                        Grid.of(FusedCalls.blocks(rows.size(), card), THREADS),
                        reduction.code().arguments());
    }

    private Call byParts(long parts, Port to) {
        long length = Math.ceilDiv(packs.size(), parts);
        Text text = new Text();
        text.line("__shared__ " + reduction.sumType() + " warps[" + THREADS / WARP + "];");
        ElementText elements = elements();
        elements.loadScalars(text);
        if (rows.size() > 1) {
            text.line("const " + type + " row = blockIdx.x / " + parts + ";");
        }
        text.line("const " + type + " from = blockIdx.x % " + parts + " * " + Index.number(length) + ";");
        text.line("const " + type + " to = from + " + Index.number(length) + " < " + Index.number(packs.size())
                + " ? from + " + Index.number(length) + " : " + Index.number(packs.size()) + ";");
        begin(text);
        text.open("for (" + type + " i = from + threadIdx.x; i < to; i += " + THREADS + ")");
        add(text, elements);
        text.close();
        join(text);
        joinWarps(text);
        text.open("if (threadIdx.x == 0)");
        text.line("out0[blockIdx.x] = sum;");
        text.close();
        return kernel(
                        parts + " blocks take a part of a row each.",
                        reduction.code().parametersWith(List.of(to)),
                        text)
                .call(
                        Grid.of(Math.toIntExact(rows.size() * parts), THREADS),
                        reduction.code().argumentsWith(List.of(to)));
    }

    private KernelText kernel(String way, List<String> parameters, Text text) {
        return new KernelText(reduction.name(), reduction.comment(way), parameters, THREADS, text);
    }

    // ---- what they have in common ---------------------------------------------------------------------------------

    private ElementText elements() {
        return new ElementText(
                reduction.code(),
                width,
                List.of(new Index("row", rows), new Index("i", packs)),
                List.of(reduction.element()));
    }

    private void begin(Text text) {
        if (width == 1) {
            text.line(reduction.sumType() + " sum = " + reduction.identity() + ";");
        } else {
            text.line("pack<" + reduction.sumType() + ", " + width + "> sums = same<" + width + ">("
                    + reduction.identity() + ");");
        }
    }

    private void add(Text text, ElementText elements) {
        String sum = width == 1 ? "sum" : "sums.at[k]";
        elements.compute(
                text,
                type,
                (inner, body) ->
                        inner.line(sum + " = " + reduction.combine(sum, body.name(reduction.element())) + ";"));
    }

    private void join(Text text) {
        if (width > 1) {
            text.line(reduction.sumType() + " sum = sums.at[0];");
            text.directive("#pragma unroll").open("for (int k = 1; k < " + width + "; k++)");
            text.line("sum = " + reduction.combine("sum", "sums.at[k]") + ";");
            text.close();
        }
    }

    private void shuffle(Text text, int lanes) {
        if (lanes > 1) {
            text.open("for (int far = " + lanes / 2 + "; far > 0; far /= 2)");
            text.line("sum = " + reduction.combine("sum", "__shfl_xor_sync(0xffffffffu, sum, far)") + ";");
            text.close();
        }
    }

    private void joinWarps(Text text) {
        shuffle(text, WARP);
        text.open("if (threadIdx.x % " + WARP + " == 0)");
        text.line("warps[threadIdx.x / " + WARP + "] = sum;");
        text.close();
        text.line("__syncthreads();");
        text.open("if (threadIdx.x == 0)");
        text.open("for (int w = 1; w < " + THREADS / WARP + "; w++)");
        text.line("sum = " + reduction.combine("sum", "warps[w]") + ";");
        text.close().close();
    }

    private void store(Text text) {
        Index index = new Index("row", rows);
        List<String> terms = index.offset(reduction.code().write(0));
        index.declare(text, type);
        text.line("out0[" + (terms.isEmpty() ? "0" : String.join(" + ", terms)) + "] = "
                + ScalarCode.toStore(reduction.code().writes().getFirst().dtype(), "sum") + ";");
    }
}
