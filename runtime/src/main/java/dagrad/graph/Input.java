package dagrad.graph;

import dagrad.tensor.TensorSpec;
import java.util.List;

/// A tensor given from outside, by its label.
public record Input(String label, Kind kind, TensorSpec spec) implements Primitive {
    /// How long an input's value lasts.
    public enum Kind {
        /// Given anew for each run: a batch.
        DATA,
        /// Kept from run to run and trained.
        PARAMETER,
        /// Kept from run to run, changed by updates alone: optimizer state, running statistics, counters.
        STATE
    }

    @Override
    public int operands() {
        return 0;
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        return List.of(spec);
    }

    @Override
    public Gradient gradient(Rule r) {
        return Gradient.zero(0);
    }
}
