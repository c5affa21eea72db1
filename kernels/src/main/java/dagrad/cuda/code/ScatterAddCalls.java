package dagrad.cuda.code;

import dagrad.plan.Launch;
import dagrad.plan.Operand;
import dagrad.plan.Plan;
import dagrad.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/// [dagrad.graph.ScatterAdd]: `scatter_add.cu`, where the steps are explained.
final class ScatterAddCalls {
    private static final int THREADS = 256;
    /// Bits of a key that one pass of the sort looks at.
    private static final int DIGIT_BITS = 8;
    /// Updates that are summed one after the other.
    private static final int CHUNK = 32;
    /// Keys that a block of threads sorts at most, and about how many blocks there are with fewer.
    private static final int MOST_ROUNDS = 16;

    private static final int MANY_BLOCKS = 128;

    private final Operand indices;
    private final Operand updates;
    private final Operand result;
    private final int number;
    private final int count;
    private final int rows;
    private final int width;
    private final List<Call> calls = new ArrayList<>();
    private long workspace;

    private ScatterAddCalls(Launch.Kernel launch, int number) {
        this.indices = launch.reads().get(0);
        this.updates = launch.reads().get(1);
        this.result = launch.writes().getFirst();
        this.number = number;
        this.count = Math.toIntExact(indices.shape().size());
        this.rows = result.shape().dim(0);
        this.width = rows == 0 ? 0 : Math.toIntExact(result.shape().size() / rows);
    }

    /// @param number of the launch in its plan
    static Calls of(Launch.Kernel launch, int number) {
        return new ScatterAddCalls(launch, number).calls();
    }

    private Calls calls() {
        if (result.shape().size() > 0) {
            calls.add(new Call.Clear(Argument.of(result), result.bytes()));
        }
        if (updates.shape().size() > 0) {
            sum(sort());
        }
        return new Calls(calls, workspace);
    }

    /// Keys, and the order of the updates beside them.
    private record Sorted(Argument keys, Argument order) {}

    private Sorted sort() {
        Sorted from = new Sorted(reserve((long) count * Integer.BYTES), reserve((long) count * Integer.BYTES));
        Sorted to = new Sorted(reserve((long) count * Integer.BYTES), reserve((long) count * Integer.BYTES));
        call(
                "scatter_keys_" + indices.dtype().text(),
                Grid.of(Math.ceilDiv(count, THREADS), THREADS),
                Argument.of(indices),
                from.keys(),
                from.order(),
                Argument.of(count),
                Argument.of(rows),
                new Argument.Fault(),
                Argument.of(number));
        int rounds = Math.clamp(Math.ceilDiv(count, THREADS * MANY_BLOCKS), 1, MOST_ROUNDS);
        Grid grid = Grid.of(Math.ceilDiv(count, THREADS * rounds), THREADS);
        int numbers = Math.multiplyExact(grid.x(), 1 << DIGIT_BITS);
        Argument counts = reserve((long) numbers * Integer.BYTES);
        Argument size = Argument.of(count);
        Argument roundsOfWarp = Argument.of(rounds);
        for (int shift = 0; shift < Integer.SIZE - Integer.numberOfLeadingZeros(rows - 1); shift += DIGIT_BITS) {
            Argument by = Argument.of(shift);
            call("scatter_count", grid, from.keys(), counts, size, by, roundsOfWarp);
            call("scatter_scan", Grid.of(1, 1024), counts, Argument.of(numbers));
            call(
                    "scatter_place",
                    grid,
                    from.keys(),
                    from.order(),
                    counts,
                    to.keys(),
                    to.order(),
                    size,
                    by,
                    roundsOfWarp);
            Sorted sorted = to;
            to = from;
            from = sorted;
        }
        return from;
    }

    private void sum(Sorted sorted) {
        int chunks = Math.ceilDiv(count, CHUNK);
        DType type = result.dtype();
        Argument heads = reserve((long) chunks * width * type.bytes());
        int lanes = Math.min(THREADS, Integer.highestOneBit(2 * width - 1));
        int packed = Math.max(1, lanes / 4);
        call(
                "scatter_sum_" + updates.dtype().text(),
                new Grid(Math.ceilDiv(chunks, THREADS / packed), 1, 1, packed, THREADS / packed, 0),
                Argument.of(updates),
                sorted.keys(),
                sorted.order(),
                Argument.of(result),
                heads,
                Argument.of(count),
                Argument.of(width));
        if (chunks > 1) {
            call(
                    "scatter_join_" + type.text(),
                    new Grid(chunks - 1, 1, 1, lanes, THREADS / lanes, THREADS * type.bytes()),
                    sorted.keys(),
                    Argument.of(result),
                    heads,
                    Argument.of(count),
                    Argument.of(width));
        }
    }

    private Argument reserve(long bytes) {
        Argument place = new Argument.Workspace(workspace);
        workspace += Math.ceilDiv(bytes, Plan.ALIGNMENT) * Plan.ALIGNMENT;
        return place;
    }

    private void call(String function, Grid grid, Argument... arguments) {
        calls.add(new Call.Kernel(new Source.Shipped("scatter_add.cu"), function, grid, List.of(arguments)));
    }
}
