package dagrad.cuda.code;

import dagrad.plan.Launch;
import dagrad.plan.Operand;
import java.util.List;

/// [dagrad.graph.ArgMax]: `argmax.cu`.
final class ArgMaxCalls {
    private ArgMaxCalls() {}

    static Calls of(Launch.Kernel launch, int axis) {
        Operand x = launch.reads().getFirst();
        Operand result = launch.writes().getFirst();
        long results = result.shape().size();
        if (results == 0) {
            return Calls.of();
        }
        int extent = x.shape().dim(axis);
        long inner = x.shape().strides()[axis];
        Grid grid = RowGroups.groupsOf(inner == 1 ? Math.ceilDiv(extent, 4) : 1, results);
        List<Argument> arguments = List.of(
                Argument.of(x), Argument.of(result), Argument.of(results), Argument.of(extent), Argument.of(inner));
        String function = "argmax_" + x.dtype().text();
        return Calls.of(new Call.Kernel(new Source.Shipped("argmax.cu"), function, grid, arguments));
    }
}
