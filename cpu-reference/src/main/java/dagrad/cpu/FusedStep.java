package dagrad.cpu;

import dagrad.graph.Iota;
import dagrad.graph.Value;
import dagrad.plan.Launch;
import dagrad.plan.Operand;
import dagrad.tensor.DType;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Elementwise launches. Where every operand is an array's elements in order, and no function over tiles is called, the
/// code runs on the arrays themselves; else operands are loaded into tiles and results stored from them. What generated
/// code does not know is interpreted.
final class FusedStep {
    /// Elements of a chunk on the arrays themselves; large, as nothing else bounds it.
    private static final int DIRECT_CHUNK = 1 << 16;
    /// Tiles of a chunk.
    private static final int TILES = 4;

    private FusedStep() {}

    static Step of(Launch.Fused launch, Memory memory, Scratch scratch) {
        List<Value> results = IntStream.range(0, launch.writes().size())
                .mapToObj(i -> launch.body().output("out" + i))
                .toList();
        if (launch.writes().stream().anyMatch(w -> w.dtype() != DType.F32 && w.dtype() != DType.I32)) {
            return InterpretedStep.of(launch, memory);
        }
        return direct(launch, results, memory)
                .or(() -> tiled(launch, results, memory, scratch))
                .orElseGet(() -> InterpretedStep.of(launch, memory));
    }

    // ---- on the arrays themselves ---------------------------------------------------------------------------------

    private static Optional<Step> direct(Launch.Fused launch, List<Value> results, Memory memory) {
        List<TileWalk> reads =
                launch.reads().stream().map(r -> new TileWalk(r, memory)).toList();
        List<TileWalk> writes =
                launch.writes().stream().map(w -> new TileWalk(w, memory)).toList();
        long size = launch.domain().size();
        boolean inOrder = size > 0
                && size <= Integer.MAX_VALUE
                && reads.stream().allMatch(r -> r.isArrayItself() || r.isFloatScalar())
                && writes.stream().allMatch(TileWalk::isArrayItself);
        boolean counts = launch.body().nodes().stream().anyMatch(n -> n.op() instanceof Iota);
        if (!inOrder || counts || launch.reads().stream().anyMatch(FusedStep::isOther)) {
            return Optional.empty();
        }
        BitSet scalars = new BitSet();
        List<Object> arrays = new ArrayList<>();
        for (TileWalk read : reads) {
            boolean scalar = !read.isArrayItself();
            scalars.set(arrays.size(), scalar);
            arrays.add(read.array());
        }
        int[] inPlace = writes.stream()
                .mapToInt(w -> IntStream.range(0, reads.size())
                        .filter(i -> !scalars.get(i) && reads.get(i).sharesArray(w))
                        .findFirst()
                        .orElse(-1))
                .toArray();
        writes.forEach(w -> arrays.add(w.array()));
        return ElementGenerator.compile(launch.body(), results, reads.size(), scalars, inPlace)
                .filter(compiled -> !compiled.staged() && compiled.between().isEmpty())
                .map(compiled -> {
                    Object[] all = arrays.toArray();
                    float[] values = new float[reads.size()];
                    int total = (int) size;
                    Workers.Chunk chunk = (number, _) -> compiled.code()
                            .run(
                                    all,
                                    values,
                                    number * DIRECT_CHUNK,
                                    Math.min(total, (number + 1) * DIRECT_CHUNK),
                                    NO_BITS);
                    int chunks = Math.ceilDiv(total, DIRECT_CHUNK);
                    return (Step) workers -> {
                        for (int i = scalars.nextSetBit(0); i >= 0; i = scalars.nextSetBit(i + 1)) {
                            values[i] = reads.get(i).scalar();
                        }
                        workers.run(chunks, chunk);
                    };
                });
    }

    private static final FloatMath.Bits NO_BITS = new FloatMath.Bits(0);

    private static boolean isOther(Operand operand) {
        return operand.dtype() != DType.F32 && operand.dtype() != DType.I32;
    }

    // ---- through tiles --------------------------------------------------------------------------------------------

    private static Optional<Step> tiled(Launch.Fused launch, List<Value> results, Memory memory, Scratch scratch) {
        TileWalk[] writes =
                launch.writes().stream().map(w -> new TileWalk(w, memory)).toArray(TileWalk[]::new);
        long size = launch.domain().size();
        return ElementPlan.of(launch.body(), results, launch.domain(), launch.reads(), memory, scratch)
                .map(plan -> {
                    int chunkSize = Scratch.TILE * TILES;
                    Workers.Chunk chunk = (number, worker) -> {
                        long end = Math.min(size, (number + 1L) * chunkSize);
                        for (long from = (long) number * chunkSize; from < end; from += Scratch.TILE) {
                            int n = (int) Math.min(Scratch.TILE, end - from);
                            plan.run(worker, from, n);
                            for (int i = 0; i < writes.length; i++) {
                                writes[i].store(plan.result(worker, i), from, n);
                            }
                        }
                    };
                    int chunks = Math.toIntExact(Math.ceilDiv(size, (long) chunkSize));
                    return workers -> {
                        plan.begin();
                        workers.run(chunks, chunk);
                    };
                });
    }
}
