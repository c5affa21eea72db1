package dagrad.cuda.code;

import dagrad.plan.Card;
import java.util.List;

/// Reductions whose results lie side by side, as the elements do: a thread goes down a pack of columns, the threads of
/// a block that share columns take turns in going down, and add what they have in shared memory. Where that gives few
/// blocks, columns are cut into parts.
final class ColumnSums {
    private static final int THREADS = 256;
    private static final int WARP = 32;
    /// Blocks to be had by cutting columns, and the elements for a thread below which it does not pay.
    private static final int WANTED_BLOCKS = 1024;
    private static final int LEAST_TURNS = 8;
    /// The grid's second extent is at most that.
    private static final int MOST_PARTS = 65535;

    private final Reduction reduction;
    private final int width;
    private final Space packs;
    private final Space down;
    private final int lanes;
    private final int turns;
    private final String type;

    private ColumnSums(Reduction reduction) {
        this.reduction = reduction;
        Elementwise code = reduction.code();
        this.width = code.exactWidth(code.reads().size());
        this.packs = reduction.kept().by(width);
        this.down = reduction.reduced();
        this.lanes = (int) Math.min(WARP, Long.highestOneBit(2 * packs.size() - 1));
        this.turns = THREADS / lanes;
        this.type = code.space().indexType();
    }

    /// In how many parts the columns are cut.
    static long parts(Reduction reduction) {
        ColumnSums sums = new ColumnSums(reduction);
        long blocks = Math.ceilDiv(sums.packs.size(), sums.lanes);
        long wanted = Math.min(MOST_PARTS, Math.ceilDiv(WANTED_BLOCKS, blocks));
        long useful = Math.ceilDiv(sums.down.size(), (long) sums.turns * LEAST_TURNS);
        long parts = Math.clamp(wanted, 1, useful);
        return Math.ceilDiv(sums.down.size(), Math.ceilDiv(sums.down.size(), parts));
    }

    static Call call(Reduction reduction, Card card) {
        ColumnSums sums = new ColumnSums(reduction);
        Text text = sums.text(1);
        return sums.kernel("Threads go down the columns.", reduction.code().parameters(), text)
                .call(sums.grid(1, card), reduction.code().arguments());
    }

    /// The parts of one column lie below one another.
    static Call partial(Reduction reduction, long parts, Port to, Card card) {
        ColumnSums sums = new ColumnSums(reduction);
        List<String> parameters = reduction.code().parametersWith(List.of(to));
        return sums.kernel("Threads go down " + parts + " parts of the columns.", parameters, sums.text(parts))
                .call(sums.grid(parts, card), reduction.code().argumentsWith(List.of(to)));
    }

    private Grid grid(long parts, Card card) {
        int blocks = FusedCalls.blocks(Math.ceilDiv(packs.size(), lanes), card);
        return new Grid(blocks, (int) parts, 1, THREADS, 1, 0);
    }

    private KernelText kernel(String way, List<String> parameters, Text text) {
        return new KernelText(reduction.name(), reduction.comment(way), parameters, THREADS, text);
    }

    private Text text(long parts) {
        String pack = "pack<" + reduction.sumType() + ", " + width + ">";
        Text text = new Text();
        text.line("__shared__ " + pack + " shared[" + turns + "][" + lanes + "];");
        ElementText elements = new ElementText(
                reduction.code(),
                width,
                List.of(new Index("c", packs), new Index("i", down)),
                List.of(reduction.element()));
        elements.loadScalars(text);
        text.line("const unsigned x = threadIdx.x % " + lanes + ";");
        text.line("const unsigned y = threadIdx.x / " + lanes + ";");
        text.open("for (" + type + " first = (" + type + ")blockIdx.x * " + lanes + "; first < "
                + Index.number(packs.size()) + "; first += (" + type + ")gridDim.x * " + lanes + ")");
        text.line("const " + type + " c = first + x;");
        text.line(pack + " sums = same<" + width + ">(" + reduction.identity() + ");");
        text.open("if (c < " + Index.number(packs.size()) + ")");
        openDown(text, parts);
        String sum = width == 1 ? "sums.at[0]" : "sums.at[k]";
        elements.compute(
                text,
                type,
                (inner, body) ->
                        inner.line(sum + " = " + reduction.combine(sum, body.name(reduction.element())) + ";"));
        text.close().close();
        join(text);
        text.open("if (y == 0 && c < " + Index.number(packs.size()) + ")");
        store(text, parts);
        text.close();
        text.line("__syncthreads();");
        text.close();
        return text;
    }

    private void openDown(Text text, long parts) {
        if (parts == 1) {
            text.open("for (" + type + " i = y; i < " + Index.number(down.size()) + "; i += " + turns + ")");
            return;
        }
        String length = Index.number(Math.ceilDiv(down.size(), parts));
        String all = Index.number(down.size());
        text.line("const " + type + " from = (" + type + ")blockIdx.y * " + length + ";");
        text.line("const " + type + " to = from + " + length + " < " + all + " ? from + " + length + " : " + all + ";");
        text.open("for (" + type + " i = from + y; i < to; i += " + turns + ")");
    }

    /// Halves the number of sums for each column until there is one.
    private void join(Text text) {
        text.line("shared[y][x] = sums;");
        text.open("for (unsigned half = " + turns / 2 + "; half > 0; half /= 2)");
        text.line("__syncthreads();");
        text.open("if (y < half)");
        text.directive("#pragma unroll").open("for (int k = 0; k < " + width + "; k++)");
        text.line("sums.at[k] = " + reduction.combine("sums.at[k]", "shared[y + half][x].at[k]") + ";");
        text.close();
        text.line("shared[y][x] = sums;");
        text.close().close();
    }

    private void store(Text text, long parts) {
        Elementwise code = reduction.code();
        Index index = new Index("c", packs);
        List<String> terms = index.offset(code.write(0));
        index.declare(text, type);
        long stride = reduction.kept().axes().getLast().stride(code.write(0));
        String place = parts == 1
                ? (terms.isEmpty() ? "0" : String.join(" + ", terms)) + " + k * " + Index.number(stride)
                : "(" + type + ")blockIdx.y * " + Index.number(reduction.kept().size()) + " + c * " + width + " + k";
        String value = parts == 1 ? ScalarCode.toStore(code.writes().getFirst().dtype(), "sums.at[k]") : "sums.at[k]";
        text.directive("#pragma unroll").open("for (int k = 0; k < " + width + "; k++)");
        text.line("out0[" + place + "] = " + value + ";");
        text.close();
    }
}
