package dagrad.cuda.code;

import dagrad.plan.Launch;
import dagrad.plan.Operand;
import dagrad.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// Rows along the last axis, for kernels in which a group of threads works on one: a power of two up to 32, so that
/// several groups share a warp, or a block (see `group_row` in dagrad.cuh).
///
/// @param rows how many
/// @param width elements of one
record RowGroups(long rows, int width) {
    /// Rows of more elements than this are a block's each: then every thread of a warp would have to read more than
    /// eight times, and few rows would leave most of the card idle.
    private static final int LONGEST_OF_WARP = 1024;

    private static final int THREADS = 256;
    private static final int THREADS_OF_LONG_ROW = 512;

    /// A launch along the rows of its first operand by the kernel that its operation and their type name: all operands
    /// in order, the number of rows, their width, and what else it takes.
    static Calls calls(Launch.Kernel launch, String file, Argument... more) {
        Operand first = launch.reads().getFirst();
        RowGroups groups = of(first.shape());
        if (groups.rows == 0) {
            return Calls.of();
        }
        List<Argument> arguments = new ArrayList<>();
        launch.operands().forEach(operand -> arguments.add(Argument.of(operand)));
        arguments.add(Argument.of(groups.rows));
        arguments.add(Argument.of(groups.width));
        arguments.addAll(List.of(more));
        String function = launch.op().name() + "_" + first.dtype().text();
        return Calls.of(new Call.Kernel(new Source.Shipped(file), function, groups.grid(), arguments));
    }

    private static RowGroups of(Shape shape) {
        int width = shape.dim(-1);
        return new RowGroups(width == 0 ? 0 : shape.size() / width, width);
    }

    private Grid grid() {
        if (width > LONGEST_OF_WARP) {
            return Grid.of(Math.toIntExact(rows), width > 8 * LONGEST_OF_WARP ? THREADS_OF_LONG_ROW : THREADS);
        }
        return groupsOf(Math.ceilDiv(width, 4), rows);
    }

    /// Groups of threads for rows, as many threads as are wanted for one if that is a power of two up to 32, else the
    /// next one.
    static Grid groupsOf(int wanted, long rows) {
        int lanes = Math.min(32, Integer.highestOneBit(Math.max(1, 2 * wanted - 1)));
        int together = THREADS / lanes;
        return new Grid(Math.toIntExact(Math.ceilDiv(rows, (long) together)), 1, 1, lanes, together, 0);
    }
}
