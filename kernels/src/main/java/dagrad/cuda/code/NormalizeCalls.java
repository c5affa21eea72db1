package dagrad.cuda.code;

import dagrad.plan.Launch;

/// [dagrad.graph.Normalize] and [dagrad.graph.NormalizeGrad]: `normalize.cu`.
final class NormalizeCalls {
    private NormalizeCalls() {}

    /// Operands in order, extents, and what is added to variances.
    static Calls of(Launch.Kernel launch, double epsilon) {
        return RowGroups.calls(launch, "normalize.cu", Argument.of((float) epsilon));
    }
}
