package dagrad.cuda.code;

import dagrad.plan.Launch;
import dagrad.plan.Operand;
import java.util.ArrayList;
import java.util.List;

/// [dagrad.graph.Normalize] and [dagrad.graph.NormalizeGrad]: `normalize.cu`.
final class NormalizeCalls {
    private NormalizeCalls() {}

    /// Operands in order, extents, and what is added to variances.
    static Calls of(Launch.Kernel launch, double epsilon) {
        Operand rows = launch.reads().getFirst();
        RowGroups groups = RowGroups.of(rows.shape());
        if (groups.isEmpty()) {
            return Calls.of();
        }
        List<Argument> arguments = new ArrayList<>();
        launch.operands().forEach(operand -> arguments.add(Argument.of(operand)));
        arguments.add(Argument.of(groups.rows()));
        arguments.add(Argument.of(groups.width()));
        arguments.add(Argument.of((float) epsilon));
        String function = launch.op().name() + "_" + rows.dtype().text();
        return Calls.of(new Call.Kernel(new Source.Shipped("normalize.cu"), function, groups.grid(), arguments));
    }
}
