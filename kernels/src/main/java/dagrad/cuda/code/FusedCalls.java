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
        Elementwise code = code(launch);
        return Calls.of(Tiles.of(code).map(tiles -> tiles.call(card)).orElseGet(() -> straight(code, card)));
    }

    /// One kernel for those that are walked straight on, which goes from one to the next: blocks that find nothing to do
    /// in a short one are done with it at once. Others have a kernel of their own.
    static Calls of(Launch.Updates launch, Card card) {
        List<Call> calls = new ArrayList<>();
        List<Elementwise> straight = new ArrayList<>();
        for (Launch.Fused part : launch.parts()) {
            Elementwise code = code(part);
            Tiles.of(code).ifPresentOrElse(tiles -> calls.add(tiles.call(card)), () -> straight.add(code));
        }
        if (!straight.isEmpty()) {
            calls.add(straight.size() == 1 ? straight(straight.getFirst(), card) : together(straight, card));
        }
        return Calls.of(calls.toArray(Call[]::new));
    }

    private static Elementwise code(Launch.Fused launch) {
        List<Port> reads = Elementwise.ports(launch.reads());
        List<Port> writes = Elementwise.ports(launch.writes());
        Elementwise given = Elementwise.of(launch.domain(), launch.body(), reads, writes);
        return given.over(given.space().inOrderOf(given.write(0)).merged());
    }

    /// The parts have their operands by their own names, each in a scope.
    private static Call together(List<Elementwise> parts, Card card) {
        Text text = new Text();
        List<String> comment = new ArrayList<>();
        List<String> parameters = new ArrayList<>();
        List<Argument> arguments = new ArrayList<>();
        long most = 0;
        for (Elementwise part : parts) {
            text.scope();
            for (String parameter : part.parameters()) {
                int name = parameter.lastIndexOf(' ') + 1;
                String all = "p" + parameters.size();
                text.line(parameter + " = " + all + ";");
                parameters.add(parameter.substring(0, name) + all);
            }
            most = Math.max(most, loop(part, text));
            text.close();
            arguments.addAll(part.arguments());
            comment.addAll(comment(part));
        }
        String name = name(parts.getFirst()) + "_and_" + (parts.size() - 1) + "_more";
        Grid grid = Grid.of(blocks(Math.ceilDiv(most, THREADS), card), THREADS);
        return new KernelText(name, comment, parameters, THREADS, text).call(grid, arguments);
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
        Text text = new Text();
        Grid grid = Grid.of(blocks(Math.ceilDiv(loop(code, text), THREADS), card), THREADS);
        return new KernelText(name(code), comment(code), code.parameters(), THREADS, text).call(grid, code.arguments());
    }

    /// Every thread's way through the elements.
    ///
    /// @return how many threads have something to do in its first round
    private static long loop(Elementwise code, Text text) {
        int width = code.width(code.reads().size() + code.writes().size());
        Space space = code.space();
        long rest = width == 1 ? 0 : space.axes().getLast().extent() % width;
        Elementwise main = rest == 0
                ? code
                : code.over(new Space(List.of(Elementwise.shortened(space.axes().getLast(), rest))));
        Space packs = main.space().by(width);
        String type = space.indexType();
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
        return packs.size();
    }
}
