package dagrad.cuda.code;

import dagrad.graph.Value;
import dagrad.plan.Card;
import dagrad.plan.Launch;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Elementwise launches. One kernel each: every thread loads, computes and stores some adjacent elements of the
/// innermost axis, 16 bytes of the smallest type at a time where strides and alignment allow it, and goes on to those a
/// grid further. The axes are put in the order in which the first result lies in memory, so that stores are coalesced.
final class FusedCalls {
    static final int THREADS = 256;
    /// Blocks for each multiprocessor at most: enough to fill it, and several rounds to even out.
    private static final int BLOCKS = 32;

    private FusedCalls() {}

    static Calls of(Launch.Fused launch, Card card) {
        if (launch.domain().size() == 0) {
            return Calls.of();
        }
        List<Port> reads = Elementwise.ports(launch.reads());
        List<Port> writes = Elementwise.ports(launch.writes());
        Elementwise given = Elementwise.of(launch.domain(), launch.body(), reads, writes);
        Elementwise code = given.over(given.space().inOrderOf(given.write(0)).merged());
        return Calls.of(Tiles.of(code).map(tiles -> tiles.call(card)).orElseGet(() -> straight(code, card)));
    }

    /// How many blocks to start for that much work.
    static int blocks(long wanted, Card card) {
        return (int) Math.clamp(wanted, 1, (long) card.multiprocessors() * BLOCKS);
    }

    /// The values that the writes hold.
    static List<Value> results(Elementwise code) {
        return IntStream.range(0, code.writes().size())
                .mapToObj(j -> code.body().output("out" + j))
                .toList();
    }

    static String name(Elementwise code) {
        return "fused_" + Formula.name(code.body());
    }

    static List<String> comment(Elementwise code) {
        List<String> comment = new ArrayList<>();
        comment.add(code.space().size() + " elements, axes "
                + code.space().axes().stream().map(Axis::extent).toList());
        comment.addAll(Formula.of(code.body()));
        return comment;
    }

    private static Call straight(Elementwise code, Card card) {
        int width = code.width(code.reads().size() + code.writes().size());
        Space space = code.space();
        long rest = width == 1 ? 0 : space.axes().getLast().extent() % width;
        Elementwise main = rest == 0
                ? code
                : code.over(new Space(List.of(Elementwise.shortened(space.axes().getLast(), rest))));
        Space packs = main.space().by(width);
        String type = space.indexType();
        Text text = new Text();
        ElementText elements = new ElementText(main, width, List.of(new Index("i", packs)), results(code));
        elements.loadScalars(text);
        text.open("for (" + type + " i = (" + type + ")blockIdx.x * " + THREADS + " + threadIdx.x; i < "
                + Index.number(packs.size()) + "; i += (" + type + ")gridDim.x * " + THREADS + ")");
        elements.store(text, type);
        text.close();
        if (rest > 0) {
            text.line("// The rest, which fills no pack.");
            text.open("if (blockIdx.x == 0 && threadIdx.x < " + rest + ")");
            text.line("const " + type + " i = " + Index.number(space.size() - rest) + " + threadIdx.x;");
            ElementText last = new ElementText(code, 1, List.of(new Index("i", space)), results(code));
            last.store(text, type);
            text.close();
        }
        Grid grid = Grid.of(blocks(Math.ceilDiv(packs.size(), THREADS), card), THREADS);
        return new KernelText(name(code), comment(code), code.parameters(), THREADS, text).call(grid, code.arguments());
    }
}
