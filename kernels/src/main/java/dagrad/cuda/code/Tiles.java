package dagrad.cuda.code;

import dagrad.graph.Input;
import dagrad.graph.Node;
import dagrad.plan.Card;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Elementwise code some of whose operands are transposed: their elements are adjacent along another axis, `across`,
/// than the results', `along`. Squares of 32 × 32 elements of those operands go through shared memory, so that both
/// sides are coalesced.
///
/// @param code with the axes across and along last
/// @param turned the transposed reads
record Tiles(Elementwise code, List<Integer> turned) {
    private static final int SIDE = 32;
    private static final int ROWS = 8;
    /// Squares of shared memory that a block may have.
    private static final int MOST_TURNED = 4;
    /// Along shorter axes squares would be empty for the most part.
    private static final int LEAST_EXTENT = 16;
    /// Fewer elements are read from the caches anyway.
    private static final int LEAST_SIZE = 1 << 12;

    /// The way by squares, if there are transposed operands and it is worth it.
    static Optional<Tiles> of(Elementwise code) {
        List<Axis> axes = code.space().axes();
        if (axes.size() < 2
                || code.space().size() < LEAST_SIZE
                || axes.getLast().extent() < LEAST_EXTENT) {
            return Optional.empty();
        }
        return IntStream.range(0, axes.size() - 1)
                .filter(across -> axes.get(across).extent() >= LEAST_EXTENT)
                .mapToObj(across -> new Tiles(acrossNextToLast(code, across), turned(code, across)))
                .filter(tiles -> !tiles.turned.isEmpty())
                .max(Comparator.comparingInt(tiles -> tiles.turned.size()));
    }

    private static Elementwise acrossNextToLast(Elementwise code, int across) {
        List<Axis> axes = code.space().axes();
        List<Axis> order = new ArrayList<>(axes);
        order.add(axes.size() - 2, order.remove(across));
        return code.over(new Space(order));
    }

    private static List<Integer> turned(Elementwise code, int across) {
        Axis over = code.space().axes().get(across);
        Axis along = code.space().axes().getLast();
        return code.body().nodes().stream()
                .filter(node -> node.op() instanceof Input)
                .map(Tiles::number)
                .filter(i -> !code.reads().get(i).isEmpty()
                        && over.stride(i) == 1
                        && along.stride(i) > 1
                        && code.space().axes().stream().allMatch(axis -> axis.isWhole(i)))
                .limit(MOST_TURNED)
                .toList();
    }

    private static int number(Node node) {
        return node.op() instanceof Input input ? Elementwise.number(input) : -1;
    }

    /// Variables for the axes further out, and for the two of the squares.
    private List<Index> indices() {
        List<Axis> axes = code.space().axes();
        int rank = axes.size();
        return List.of(
                new Index("n", new Space(axes.subList(0, rank - 2))),
                new Index("r", new Space(List.of(axes.get(rank - 2)))),
                new Index("c", new Space(List.of(axes.get(rank - 1)))));
    }

    Call call(Card card) {
        List<Axis> axes = code.space().axes();
        Axis across = axes.get(axes.size() - 2);
        Axis along = axes.getLast();
        Space rest = new Space(axes.subList(0, axes.size() - 2));
        long wide = Math.ceilDiv(along.extent(), SIDE);
        long high = Math.ceilDiv(across.extent(), SIDE);
        long squares = rest.size() * wide * high;
        ElementText elements = new ElementText(code, 1, indices(), FusedCalls.results(code));
        String type = code.space().indexType();
        Text text = new Text();
        for (int read : turned) {
            text.line("__shared__ " + ScalarCode.stored(code.type(read)) + " square" + read + "[" + SIDE + "]["
                    + (SIDE + 1) + "];");
            elements.given(read, ScalarCode.loaded(code.type(read), "square" + read + "[threadIdx.x][k]"));
        }
        elements.loadScalars(text);
        text.open("for (" + type + " s = blockIdx.x; s < " + Index.number(squares) + "; s += gridDim.x)");
        if (rest.size() > 1) {
            text.line("const " + type + " n = s / " + Index.number(wide * high) + ";");
        }
        text.line(
                "const " + type + " r0 = s / " + Index.number(wide) + " % " + Index.number(high) + " * " + SIDE + ";");
        text.line("const " + type + " c0 = s % " + Index.number(wide) + " * " + SIDE + ";");
        fillSquares(text, type, across, along);
        text.line("__syncthreads();");
        text.open("for (int k = threadIdx.y; k < " + SIDE + "; k += " + ROWS + ")");
        text.line("const " + type + " r = r0 + k;");
        text.line("const " + type + " c = c0 + threadIdx.x;");
        text.open("if (" + within(across, along) + ")");
        elements.store(text, type);
        text.close().close();
        text.line("__syncthreads();");
        text.close();
        Grid grid = new Grid(FusedCalls.blocks(squares, card), 1, 1, SIDE, ROWS, 0);
        return new KernelText(
                        FusedCalls.name(code) + "_turned",
                        FusedCalls.comment(code),
                        code.parameters(),
                        SIDE * ROWS,
                        text)
                .call(grid, code.arguments());
    }

    private void fillSquares(Text text, String type, Axis across, Axis along) {
        List<Index> indices = indices();
        text.open("for (int k = threadIdx.y; k < " + SIDE + "; k += " + ROWS + ")");
        text.line("const " + type + " r = r0 + threadIdx.x;");
        text.line("const " + type + " c = c0 + k;");
        text.open("if (" + within(across, along) + ")");
        Text loads = text.inner();
        for (int read : turned) {
            List<String> terms =
                    indices.stream().flatMap(i -> i.offset(read).stream()).toList();
            loads.line("square" + read + "[k][threadIdx.x] = " + code.pointer(read) + "[" + String.join(" + ", terms)
                    + "];");
        }
        indices.getFirst().declare(text, type);
        text.append(loads);
        text.close().close();
    }

    private static String within(Axis across, Axis along) {
        return "r < " + Index.number(across.extent()) + " && c < " + Index.number(along.extent());
    }
}
