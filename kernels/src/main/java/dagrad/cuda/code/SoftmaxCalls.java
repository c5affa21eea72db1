package dagrad.cuda.code;

import dagrad.plan.Launch;
import dagrad.plan.Operand;
import java.util.ArrayList;
import java.util.List;

/// [dagrad.graph.Softmax], [dagrad.graph.SoftmaxGrad] and [dagrad.graph.LogSoftmax]: `softmax.cu`.
final class SoftmaxCalls {
    private SoftmaxCalls() {}

    /// All three take their operands in order, then the extents.
    static Calls of(Launch.Kernel launch) {
        Operand x = launch.reads().getFirst();
        RowGroups groups = RowGroups.of(x.shape());
        if (groups.isEmpty()) {
            return Calls.of();
        }
        List<Argument> arguments = new ArrayList<>();
        launch.operands().forEach(operand -> arguments.add(Argument.of(operand)));
        arguments.add(Argument.of(groups.rows()));
        arguments.add(Argument.of(groups.width()));
        String function = launch.op().name() + "_" + x.dtype().text();
        return Calls.of(new Call.Kernel(new Source.Shipped("softmax.cu"), function, groups.grid(), arguments));
    }
}
