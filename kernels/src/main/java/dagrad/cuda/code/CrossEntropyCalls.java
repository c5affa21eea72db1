package dagrad.cuda.code;

import dagrad.graph.CrossEntropy;
import dagrad.graph.CrossEntropyGrad;
import dagrad.plan.Launch;

/// [CrossEntropy] and [CrossEntropyGrad]: `cross_entropy.cu`.
final class CrossEntropyCalls {
    private static final String FILE = "cross_entropy.cu";

    private CrossEntropyCalls() {}

    static Calls loss(Launch.Kernel launch, CrossEntropy op, int number) {
        return RowGroups.calls(launch, FILE, Argument.of(op.ignoreIndex()), new Argument.Fault(), Argument.of(number));
    }

    static Calls gradient(Launch.Kernel launch, CrossEntropyGrad op) {
        return RowGroups.calls(launch, FILE, Argument.of(op.ignoreIndex()));
    }
}
