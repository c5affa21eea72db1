package dagrad.reference;

import dagrad.graph.Broadcast;
import dagrad.graph.Composite;
import dagrad.graph.Concat;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Input;
import dagrad.graph.Node;
import dagrad.graph.Op;
import dagrad.graph.Pad;
import dagrad.graph.Permute;
import dagrad.graph.Primitive;
import dagrad.graph.Reshape;
import dagrad.graph.Slice;
import dagrad.graph.Unfold;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// Operations of any kind on numbers with bounds: primitives by [RunningError], composites by their expansion.
///
/// A result in bf16 is stored as such, by every device: between the middle's rounded value and those of what it may be off
/// by there are few numbers, mostly none. So a bound in bf16 is 0 for most elements, and a unit in the last place for those
/// near the middle between two numbers. Within a composite a device need not store, and may round elsewhere or not at all:
/// there a bf16 value is as it is before it is rounded, and off by as much as rounding may do.
final class Bounds {
    private record Expansion(Composite op, List<TensorSpec> operands) {}

    private final RunningError primitives;
    private final UnaryOperator<Bounded> inner;
    private final Map<Expansion, Graph> expansions = new HashMap<>();

    private Bounds(Roundings roundings, UnaryOperator<Bounded> inner) {
        this.primitives = new RunningError(roundings);
        this.inner = inner;
    }

    /// Whose results hold all that a correct device can give.
    static Bounds of(Roundings roundings) {
        return new Bounds(roundings, UnaryOperator.identity());
    }

    /// Whose results, of exact operands, are exact again: what a device might have given.
    ///
    /// @param chosen one of the possibilities
    static Bounds sampled(Roundings roundings, UnaryOperator<Bounded> chosen) {
        return new Bounds(roundings, chosen);
    }

    /// The results of an operation as they are stored.
    ///
    /// @throws EvaluationException if an index is out of range
    List<Bounded> apply(Op op, List<Bounded> in) {
        return results(op, in).stream().map(Bounds::stored).toList();
    }

    private List<Bounded> results(Op op, List<Bounded> in) {
        return switch (op) {
            case Primitive primitive -> List.of(inner.apply(known(primitives.of(primitive, in))));
            case Composite composite -> expanded(composite, in);
        };
    }

    /// What is no bound is none.
    private static Bounded known(Bounded x) {
        for (int i = 0; i < x.error().length; i++) {
            if (Double.isNaN(x.error()[i])) {
                x.error()[i] = Double.POSITIVE_INFINITY;
            }
        }
        return x;
    }

    private List<Bounded> expanded(Composite op, List<Bounded> in) {
        List<TensorSpec> specs = in.stream().map(x -> x.value().spec()).toList();
        Graph body = expansions.computeIfAbsent(
                new Expansion(op, specs), key -> GraphBuilder.expansion(key.op(), key.operands()));
        Iterator<Bounded> given = in.iterator();
        Map<Value, Bounded> values = new HashMap<>();
        body.inputs().values().forEach(operand -> values.put(operand, given.next()));
        for (Node node : body.nodes()) {
            if (!(node.op() instanceof Input)) {
                List<Bounded> operands = new ArrayList<>();
                node.inputs()
                        .forEach(x -> operands.add(moves(node.op()) ? values.get(x) : roundedOrNot(values.get(x))));
                List<Bounded> results = results(node.op(), operands);
                for (int i = 0; i < results.size(); i++) {
                    values.put(node.out(i), results.get(i));
                }
            }
        }
        return body.outputs().values().stream().map(values::get).toList();
    }

    private static boolean moves(Op op) {
        return switch (op) {
            case Reshape _, Permute _, Broadcast _, Slice _, Pad _, Concat _, Unfold _ -> true;
            case Op _ -> false;
        };
    }

    // ---- bf16 -----------------------------------------------------------------------------------------------------

    private static Bounded roundedOrNot(Bounded x) {
        if (x.value().spec().dtype() != DType.BF16) {
            return x;
        }
        double[] more = new double[x.error().length];
        Arrays.setAll(more, i -> {
            boolean stored = x.error()[i] == 0 && DType.BF16.round(x.at(i)) == x.at(i);
            return stored ? 0 : Roundings.unit(DType.BF16) * (Math.abs(x.at(i)) + x.error()[i]);
        });
        return x.with(more);
    }

    /// Rounding is monotone: the result is between those of the ends.
    private static Bounded stored(Bounded x) {
        if (x.value().spec().dtype() != DType.BF16) {
            return x;
        }
        Numbers rounded = x.value().rounded();
        double[] error = new double[x.error().length];
        for (int i = 0; i < error.length; i++) {
            double y = Bounded.at(rounded, i);
            double high = DType.BF16.round(x.at(i) + x.error()[i]);
            double low = DType.BF16.round(x.at(i) - x.error()[i]);
            error[i] = Math.max(Elementwise.apart(high, y), Elementwise.apart(y, low));
        }
        return new Bounded(rounded, error);
    }
}
