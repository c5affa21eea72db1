package dagrad.optimizer;

import dagrad.graph.GraphBuilder;
import dagrad.graph.Input;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import dagrad.tensor.TensorSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a step changes, collected until it is known on which condition.
final class Changes {
    /// The label of the state that says whether all has come to a halt.
    private static final String FROZEN = "optimizer/frozen";

    private final GraphBuilder g;
    private final Map<Value, Value> changes = new LinkedHashMap<>();
    private final Map<Value, Value> counters = new LinkedHashMap<>();

    Changes(GraphBuilder g) {
        this.g = g;
    }

    /// Something that is learnt.
    void of(Value state, Value becomes) {
        changes.put(state, becomes);
    }

    /// Something that goes on with every run, whatever comes of it.
    void ofCounter(Value state, Value becomes) {
        counters.put(state, becomes);
    }

    /// Emits all as updates.
    ///
    /// @param watched scalars that must be finite
    void emit(Recipe.Guard guard, List<Value> watched) {
        switch (guard) {
            case NONE -> {
                changes.forEach(g::update);
                counters.forEach(g::update);
            }
            case SKIP -> {
                Value good = finite(watched);
                changes.forEach((state, becomes) -> updateIf(good, state, becomes));
                counters.forEach(g::update);
            }
            case FREEZE -> {
                Value frozen = g.declare(new Input(FROZEN, Input.Kind.STATE, TensorSpec.i32()));
                Value good = g.mul(g.cast(finite(watched), DType.I32), g.eq(frozen, 0));
                changes.forEach((state, becomes) -> updateIf(good, state, becomes));
                counters.forEach((state, becomes) -> updateIf(good, state, becomes));
                g.update(frozen, g.eq(good, 0));
            }
        }
    }

    /// On behalf of what computes the change.
    private void updateIf(Value good, Value state, Value becomes) {
        g.update(state, g.at(g.node(becomes).origin(), () -> StepGraph.choose(g, good, becomes, state)));
    }

    /// 1 if all are finite, else 0, as f32.
    private Value finite(List<Value> scalars) {
        return scalars.stream()
                .map(scalar -> {
                    Value x = g.abs(scalar);
                    return g.cast(g.le(x, g.like(x, largest(g.spec(x).dtype()))), DType.F32);
                })
                .reduce(g::mul)
                .orElseThrow();
    }

    private static double largest(DType dtype) {
        return switch (dtype) {
            case F64 -> Double.MAX_VALUE;
            case F32 -> Float.MAX_VALUE;
            case BF16 -> 0x1.FEp127;
            case I64, I32 -> throw new IllegalArgumentException("a loss is a floating number, not " + dtype.text());
        };
    }
}
