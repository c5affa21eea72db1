package dagrad.cuda.code;

import dagrad.plan.Launch;
import dagrad.plan.Operand;
import dagrad.tensor.DType;
import java.util.List;

/// [dagrad.graph.Gather]: `gather.cu`.
final class GatherCalls {
    private static final int THREADS = 256;
    /// What one load can bring.
    private static final int WIDEST = 16;

    private GatherCalls() {}

    static Calls of(Launch.Kernel launch, int number) {
        Operand table = launch.reads().get(0);
        Operand indices = launch.reads().get(1);
        Operand result = launch.writes().getFirst();
        long count = indices.shape().size();
        if (result.shape().size() == 0) {
            return Calls.of();
        }
        long rowBytes = result.bytes() / count;
        int unit = unit(rowBytes, table, result);
        int units = Math.toIntExact(rowBytes / unit);
        int lanes = Math.min(THREADS, Integer.highestOneBit(2 * units - 1));
        int together = THREADS / lanes;
        Grid grid = new Grid(Math.toIntExact(Math.ceilDiv(count, (long) together)), 1, 1, lanes, together, 0);
        String function = "gather_" + unit + "_" + indices.dtype().text();
        List<Argument> arguments = List.of(
                Argument.of(table),
                Argument.of(indices),
                Argument.of(result),
                Argument.of(count),
                Argument.of(table.shape().dim(0)),
                Argument.of(units),
                new Argument.Fault(),
                Argument.of(number));
        return Calls.of(new Call.Kernel(new Source.Shipped("gather.cu"), function, grid, arguments));
    }

    /// The most bytes that can be copied at once.
    private static int unit(long rowBytes, Operand table, Operand result) {
        int unit = WIDEST;
        while (rowBytes % unit != 0 || start(table) % unit != 0 || start(result) % unit != 0) {
            unit /= 2;
        }
        return unit;
    }

    /// Where in the arena an operand begins.
    private static long start(Operand operand) {
        DType type = operand.dtype();
        return operand.slot().offset() + operand.layout().offset() * type.bytes();
    }
}
