package dagrad.cuda.code;

import dagrad.cuda.code.RowCalls.Walk;
import dagrad.graph.Node;
import dagrad.graph.Reduce;
import dagrad.tensor.DType;
import java.util.List;

/// The sums of columns in the text of a kernel over rows. A thread has a pack of sums, or a few, for each result; where
/// several rows are taken at a time their threads' sums are added in shared memory, and the parts' sums by the last
/// block of a strip.
final class RowColumns {
    private final RowCalls rows;
    private final Walk whole;
    private final RowShape shape;
    private final String type;
    private final List<Node> sums;

    /// @param type of indices
    RowColumns(RowCalls rows, Walk whole, RowShape shape, String type) {
        this.rows = rows;
        this.whole = whole;
        this.shape = shape;
        this.type = type;
        this.sums = rows.stages().writesOfColumns().stream()
                .map(rows.stages()::columnSum)
                .toList();
    }

    boolean isEmpty() {
        return sums.isEmpty();
    }

    private static DType accumulator(Node sum) {
        return ScalarCode.accumulator(sum.outputs().getFirst().dtype());
    }

    private String pack(Node sum) {
        return "pack<" + RowKernel.sumType(sum) + ", " + shape.width() + ">";
    }

    // ---- while rows are walked along ------------------------------------------------------------------------------

    void begin(Text text) {
        for (int j = 0; j < sums.size(); j++) {
            Reduce.Kind kind = ((Reduce) sums.get(j).op()).kind();
            text.line(pack(sums.get(j)) + " a" + j + "[" + shape.each() + "];");
            text.directive("#pragma unroll").open("for (int e = 0; e < " + shape.each() + "; e++)");
            text.line("a" + j + "[e] = same<" + shape.width() + ">("
                    + ScalarCode.identity(kind, accumulator(sums.get(j))) + ");");
            text.close();
        }
    }

    /// Opens two blocks: within them `i` is a pack of the row that this thread has.
    void openWalk(Text text) {
        String strip = "blockIdx.y * " + shape.lanes() + " + lane";
        String packs = Index.number(shape.packs().size());
        if (isEmpty()) {
            text.open("if (exists)");
            text.open(
                    "for (" + type + " i = " + strip + "; i < " + packs + "; i += gridDim.y * " + shape.lanes() + ")");
            return;
        }
        text.directive("#pragma unroll").open("for (int e = 0; e < " + shape.each() + "; e++)");
        text.line("const " + type + " i = " + strip + " + e * " + shape.lanes() + ";");
        text.open("if (exists && i < " + packs + ")");
    }

    /// Adds the values of one element.
    void add(Text text, List<String> values) {
        String at = shape.width() == 1 ? "[e].at[0]" : "[e].at[k]";
        for (int j = 0; j < sums.size(); j++) {
            text.line("a" + j + at + " = " + RowKernel.combine(sums.get(j), "a" + j + at, values.get(j)) + ";");
        }
    }

    // ---- after the last row ---------------------------------------------------------------------------------------

    void end(Text text) {
        for (int j = 0; j < sums.size(); j++) {
            if (shape.turns() > 1) {
                joinTurns(text, j);
            }
        }
        for (int j = 0; j < sums.size(); j++) {
            store(text, j);
        }
        if (shape.parts() > 1) {
            joinParts(text);
        }
    }

    private void joinTurns(Text text, int j) {
        Node sum = sums.get(j);
        text.line("__shared__ " + pack(sum) + " turns" + j + "[" + shape.turns() + "][" + shape.lanes() + "];");
        text.line("turns" + j + "[turn][lane] = a" + j + "[0];");
        text.open("for (unsigned half = " + shape.turns() / 2 + "; half > 0; half /= 2)");
        text.line("__syncthreads();");
        text.open("if (turn < half)");
        text.directive("#pragma unroll").open("for (int k = 0; k < " + shape.width() + "; k++)");
        String mine = "turns" + j + "[turn][lane].at[k]";
        text.line(mine + " = " + RowKernel.combine(sum, mine, "turns" + j + "[turn + half][lane].at[k]") + ";");
        text.close().close().close();
        text.line("a" + j + "[0] = turns" + j + "[turn][lane];");
    }

    /// To the result if there is one part, else to the workspace.
    private void store(Text text, int j) {
        text.directive("#pragma unroll").open("for (int e = 0; e < " + shape.each() + "; e++)");
        text.line("const " + type + " i = blockIdx.y * " + shape.lanes() + " + lane + e * " + shape.lanes() + ";");
        text.open("if (turn == 0 && i < " + Index.number(shape.packs().size()) + ")");
        text.directive("#pragma unroll").open("for (int k = 0; k < " + shape.width() + "; k++)");
        text.line("const " + type + " c = i * " + shape.width() + " + k;");
        if (shape.parts() == 1) {
            result(text, j, "a" + j + "[e].at[k]");
        } else {
            text.line("work" + j + "[(" + type + ")blockIdx.x * " + count() + " + c] = a" + j + "[e].at[k];");
        }
        text.close().close().close();
    }

    private String count() {
        return Index.number(shape.columns().size());
    }

    private void result(Text text, int j, String value) {
        int write = rows.wholeWrites() + rows.writesOfRows() + j;
        DType stored = rows.writes().get(write).dtype();
        Index index = new Index("c", whole.columns());
        String target =
                "out" + write + "[" + RowKernel.offset(index, whole.code().write(write)) + "]";
        index.declare(text, type);
        text.line(target + " = " + ScalarCode.toStore(stored, value) + ";");
    }

    // ---- parts ----------------------------------------------------------------------------------------------------

    long workspace() {
        return sums.stream().mapToLong(this::bytes).sum();
    }

    private long bytes(Node sum) {
        long bytes = shape.parts() * shape.columns().size() * accumulator(sum).bytes();
        return Math.ceilDiv(bytes, 256L) * 256;
    }

    void addParameters(List<String> parameters, List<Argument> arguments) {
        long at = 0;
        for (int j = 0; j < sums.size(); j++) {
            parameters.add(RowKernel.sumType(sums.get(j)) + " *work" + j);
            arguments.add(new Argument.Workspace(at));
            at += bytes(sums.get(j));
        }
        parameters.add("unsigned *tickets");
        arguments.add(new Argument.Tickets());
    }

    /// The last block of a group of parts adds them up where the first of them lies; the last of all groups adds up
    /// what these left.
    private void joinParts(Text text) {
        String parts = Index.number(shape.parts());
        text.line("tickets += blockIdx.y * " + shape.tickets() + ";");
        if (shape.hasGroups()) {
            text.line("const unsigned begin = blockIdx.x / " + RowShape.GROUP + " * " + RowShape.GROUP + ";");
            text.line("const unsigned end = min(begin + " + RowShape.GROUP + ", " + parts + "u);");
            text.open("if (!is_last(tickets + 1 + blockIdx.x / " + RowShape.GROUP + ", end - begin))");
            text.line("return;");
            text.close();
            openColumns(text);
            for (int j = 0; j < sums.size(); j++) {
                addUp(text, j, "begin", "end", 1);
                text.line("work" + j + "[(" + type + ")begin * " + count() + " + c] = sum" + j + ";");
            }
            text.close();
        }
        text.open("if (!is_last(tickets, " + (shape.hasGroups() ? shape.groups() : shape.parts()) + "))");
        text.line("return;");
        text.close();
        openColumns(text);
        for (int j = 0; j < sums.size(); j++) {
            addUp(text, j, "0", parts, shape.hasGroups() ? RowShape.GROUP : 1);
            text.open("");
            result(text, j, "sum" + j);
            text.close();
        }
        text.close();
    }

    /// Every thread takes some columns of the strip.
    private void openColumns(Text text) {
        long strip = (long) shape.lanes() * shape.each() * shape.width();
        text.line("// Columns " + strip + " blockIdx.y and so on.");
        text.open("for (" + type + " within = threadIdx.x; within < " + Index.number(strip) + "; within += "
                + shape.threads() + ")");
        text.line("const " + type + " c = blockIdx.y * " + Index.number(strip) + " + within;");
        text.open("if (c >= " + count() + ")");
        text.line("break;");
        text.close();
    }

    private void addUp(Text text, int j, String from, String to, int step) {
        Node sum = sums.get(j);
        String part = "seen(work" + j + " + (" + type + ")p * " + count() + " + c)";
        text.line(RowKernel.sumType(sum) + " sum" + j + " = seen(work" + j + " + (" + type + ")" + from + " * "
                + count() + " + c);");
        text.open("for (unsigned p = " + from + " + " + step + "; p < " + to + "; p += " + step + ")");
        text.line("sum" + j + " = " + RowKernel.combine(sum, "sum" + j, part) + ";");
        text.close();
    }
}
