package dagrad.cuda.code;

import dagrad.graph.CrossEntropy;
import dagrad.graph.CrossEntropyGrad;
import dagrad.plan.Launch;
import dagrad.plan.Operand;
import java.util.ArrayList;
import java.util.List;

/// [CrossEntropy] and [CrossEntropyGrad]: `cross_entropy.cu`.
final class CrossEntropyCalls {
    private CrossEntropyCalls() {}

    static Calls loss(Launch.Kernel launch, CrossEntropy op, int number) {
        return of(launch, op.ignoreIndex(), List.of(new Argument.Fault(), Argument.of(number)));
    }

    static Calls gradient(Launch.Kernel launch, CrossEntropyGrad op) {
        return of(launch, op.ignoreIndex(), List.of());
    }

    /// Operands in order, extents, the class to ignore, and what else.
    private static Calls of(Launch.Kernel launch, int ignored, List<Argument> more) {
        Operand logits = launch.reads().getFirst();
        RowGroups groups = RowGroups.of(logits.shape());
        if (groups.isEmpty()) {
            return Calls.of();
        }
        List<Argument> arguments = new ArrayList<>();
        launch.operands().forEach(operand -> arguments.add(Argument.of(operand)));
        arguments.add(Argument.of(groups.rows()));
        arguments.add(Argument.of(groups.width()));
        arguments.add(Argument.of(ignored));
        arguments.addAll(more);
        String function = launch.op().name() + "_" + logits.dtype().text();
        return Calls.of(new Call.Kernel(new Source.Shipped("cross_entropy.cu"), function, groups.grid(), arguments));
    }
}
