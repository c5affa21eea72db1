package dagrad.cuda.code;

import dagrad.plan.Launch;

/// [dagrad.graph.Softmax], [dagrad.graph.SoftmaxGrad] and [dagrad.graph.LogSoftmax]: `softmax.cu`.
final class SoftmaxCalls {
    private SoftmaxCalls() {}

    /// All three take their operands in order, then the extents.
    static Calls of(Launch.Kernel launch) {
        return RowGroups.calls(launch, "softmax.cu");
    }
}
