package dagrad.cuda.code;

import dagrad.plan.Card;
import dagrad.plan.Launch;
import dagrad.plan.Plan;
import java.util.ArrayList;
import java.util.List;

/// From the launches of a plan to calls on a card.
public record Lowering(Card card) {
    /// The calls of each launch of a plan.
    ///
    /// @throws dagrad.backend.DeviceException if a launch needs an element type that GPUs are not used for
    public List<Calls> of(Plan plan) {
        List<Calls> result = new ArrayList<>();
        for (int i = 0; i < plan.launches().size(); i++) {
            result.add(of(plan.launches().get(i), i));
        }
        return result;
    }

    /// @param number which launch of its plan it is, for the fault words
    public Calls of(Launch launch, int number) {
        return switch (launch) {
            case Launch.Gemm gemm -> GemmCalls.of(gemm);
            case Launch.Fused fused -> FusedCalls.of(fused, card);
            case Launch.Updates updates -> FusedCalls.of(updates, card);
            case Launch.FusedReduce reduce -> ReduceCalls.of(reduce, card);
            case Launch.Rows rows -> RowCalls.of(rows, card);
            case Launch.Kernel kernel -> KernelCalls.of(kernel, card, number);
        };
    }
}
