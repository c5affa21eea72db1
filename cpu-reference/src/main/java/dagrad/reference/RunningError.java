package dagrad.reference;

import dagrad.graph.ArgMax;
import dagrad.graph.Broadcast;
import dagrad.graph.Cast;
import dagrad.graph.Concat;
import dagrad.graph.Constant;
import dagrad.graph.Fold;
import dagrad.graph.Gather;
import dagrad.graph.Input;
import dagrad.graph.Iota;
import dagrad.graph.MatMul;
import dagrad.graph.Pad;
import dagrad.graph.Permute;
import dagrad.graph.Philox;
import dagrad.graph.Pointwise;
import dagrad.graph.Primitive;
import dagrad.graph.Reduce;
import dagrad.graph.Reshape;
import dagrad.graph.ScalarFn;
import dagrad.graph.ScatterAdd;
import dagrad.graph.Slice;
import dagrad.graph.Unfold;
import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import java.util.Arrays;
import java.util.List;

/// Running error analysis (Wilkinson; Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 3.3): next to
/// the value of each primitive in float64, how far a device that rounds can be from it. That is what the operands' errors
/// do to it, and what the operation itself rounds; [Roundings] knows how much. A result in bf16 is not yet rounded to it.
///
/// The bounds are met by every order of a sum, by fused multiply-adds, and by intermediate results that are rounded or not.
final class RunningError {
    private final Roundings roundings;

    RunningError(Roundings roundings) {
        this.roundings = roundings;
    }

    /// The result with its bound.
    ///
    /// @throws EvaluationException if an index is out of range
    Bounded of(Primitive op, List<Bounded> in) {
        return switch (op) {
            case Input input -> throw new IllegalStateException(input.label() + " is given, not computed");
            case Constant _, Iota _, Philox _ -> Bounded.exact(value(op, in).rounded());
            case Pointwise(ScalarFn fn) -> Elementwise.of(fn, value(op, in), in);
            case Cast(DType to) -> cast(value(op, in), in.getFirst(), to);
            case MatMul _ -> product((MatMul) op, in);
            case Reduce(Reduce.Kind kind, var _) ->
                switch (kind) {
                    case SUM -> sum(op, in, in.getFirst());
                    case MAX, MIN -> extreme(op, in.getFirst());
                };
            case ArgMax(int axis) -> argmax((ArgMax) op, axis, in.getFirst());
            case Reshape _, Permute _, Broadcast _, Slice _, Unfold _, Concat _ -> moved(op, op, in);
            case Pad(List<Integer> low, List<Integer> high, var _) -> moved(op, new Pad(low, high, 0), in);
            case Gather _ -> gather(op, in);
            case ScatterAdd _ -> sum(op, in, in.get(1));
            case Fold _ -> sum(op, in, in.getFirst());
        };
    }

    private static Numbers value(Primitive op, List<Bounded> in) {
        return PrimitiveEvaluation.of(op, in.stream().map(Bounded::value).toList());
    }

    private static double[] doubles(Numbers numbers) {
        double[] result = new double[numbers.size()];
        Arrays.setAll(result, i -> Bounded.at(numbers, i));
        return result;
    }

    // ---- elements moved around ------------------------------------------------------------------------------------

    /// @param same does to the errors what the operation does to the values
    private static Bounded moved(Primitive op, Primitive same, List<Bounded> in) {
        Numbers value = value(op, in);
        if (in.stream().allMatch(Bounded::isExact)) {
            return Bounded.exact(value);
        }
        List<Numbers> errors = in.stream().<Numbers>map(Bounded::errors).toList();
        return new Bounded(value, doubles(PrimitiveEvaluation.of(same, errors)));
    }

    private static Bounded gather(Primitive op, List<Bounded> in) {
        if (!in.get(1).isExact()) {
            return unknown(value(op, in));
        }
        Numbers value = value(op, in);
        Numbers errors =
                PrimitiveEvaluation.of(op, List.of(in.get(0).errors(), in.get(1).value()));
        return new Bounded(value, doubles(errors));
    }

    private static Bounded unknown(Numbers value) {
        double[] error = new double[value.size()];
        Arrays.fill(error, Double.POSITIVE_INFINITY);
        return new Bounded(value, error);
    }

    // ---- numbers --------------------------------------------------------------------------------------------------

    private static Bounded cast(Numbers value, Bounded x, DType to) {
        double[] error = new double[value.size()];
        for (int i = 0; i < error.length; i++) {
            double e = x.error()[i];
            if (to.isFloating()) {
                boolean rounds = to.wide() == to && to.round(x.at(i)) != x.at(i);
                error[i] = e + (rounds ? Roundings.unit(to) * (Math.abs(x.at(i)) + e) : 0);
            } else if (e > 0) {
                error[i] = to.round(x.at(i) + e) - to.round(x.at(i) - e);
            }
        }
        return new Bounded(value, error);
    }

    /// |AB - fl(ÂB̂)| ≤ |A|E_B + E_A|B| + E_A E_B + γₖ (|A| + E_A)(|B| + E_B)
    private Bounded product(MatMul op, List<Bounded> in) {
        Numbers value = value(op, in);
        Bounded a = in.get(0);
        Bounded b = in.get(1);
        Shape shape = a.value().shape();
        double relative = roundings.product(shape.dim(-1), a.value().spec().dtype());
        double[] error = doubles(PrimitiveEvaluation.of(op, List.of(a.sizes(), b.sizes())));
        if (a.isExact() && b.isExact()) {
            Arrays.setAll(error, i -> relative * error[i]);
        } else {
            Numbers sizes = PrimitiveEvaluation.of(op, List.of(sizes(a), sizes(b)));
            // The difference of the two products is that of exact ones to 2^-50, of which there is plenty to spare.
            Arrays.setAll(error, i -> Math.max(0, error[i] - Bounded.at(sizes, i)) + (relative + 0x1p-48) * error[i]);
        }
        return new Bounded(value, error);
    }

    private static Reals sizes(Bounded x) {
        return Bounded.exact(x.value()).sizes();
    }

    // ---- sums and choices -----------------------------------------------------------------------------------------

    /// Σ e + γₙ Σ (|x| + e), with as many terms as meet in an element.
    ///
    /// @param terms what is summed up; other operands are places
    private static Bounded sum(Primitive op, List<Bounded> in, Bounded terms) {
        if (in.size() > 1 && !in.getFirst().isExact()) {
            return unknown(value(op, in));
        }
        Numbers value = value(op, in);
        DType type = terms.value().spec().dtype();
        double[] error = doubles(likewise(op, in, terms.errors()));
        if (type.isFloating()) {
            double[] ones = new double[terms.value().size()];
            Arrays.fill(ones, 1);
            Numbers counts = likewise(op, in, new Reals(terms.errors().spec(), ones));
            Numbers sizes = likewise(op, in, terms.sizes());
            for (int i = 0; i < error.length; i++) {
                double n = Bounded.at(counts, i);
                error[i] += n > 1 ? Roundings.sum(n, type) * Bounded.at(sizes, i) : 0;
            }
        }
        return new Bounded(value, error);
    }

    /// The same sums of other terms.
    private static Numbers likewise(Primitive op, List<Bounded> in, Reals terms) {
        return PrimitiveEvaluation.of(
                op, in.size() == 1 ? List.of(terms) : List.of(in.getFirst().value(), terms));
    }

    /// From the extremes of what may be a little larger, and of what may be a little smaller.
    private static Bounded extreme(Primitive op, Bounded x) {
        Numbers value = value(op, List.of(x));
        if (x.isExact()) {
            return Bounded.exact(value);
        }
        Numbers high = PrimitiveEvaluation.of(op, List.of(shifted(x, 1)));
        Numbers low = PrimitiveEvaluation.of(op, List.of(shifted(x, -1)));
        double[] error = new double[value.size()];
        Arrays.setAll(
                error,
                i -> Math.max(
                        Elementwise.apart(Bounded.at(high, i), Bounded.at(value, i)),
                        Elementwise.apart(Bounded.at(value, i), Bounded.at(low, i))));
        return new Bounded(value, error);
    }

    private static Reals shifted(Bounded x, int sign) {
        double[] values = new double[x.error().length];
        Arrays.setAll(values, i -> x.at(i) + sign * x.error()[i]);
        return new Reals(x.value().spec().withDtype(DType.F64), values);
    }

    /// Certain where the largest stays the largest; where not, it may be any.
    private static Bounded argmax(ArgMax op, int axis, Bounded x) {
        Numbers value = value(op, List.of(x));
        if (x.isExact()) {
            return Bounded.exact(value);
        }
        Shape shape = x.value().shape();
        int stride = Math.toIntExact(shape.strides()[axis]);
        int[] starts = Places.of(value.shape(), index -> Places.at(shape, index));
        double[] error = new double[value.size()];
        for (int i = 0; i < error.length; i++) {
            int best = starts[i] + ((int) Bounded.at(value, i)) * stride;
            for (int j = 0; j < shape.dim(axis); j++) {
                int other = starts[i] + j * stride;
                boolean behind = x.at(other) + x.error()[other] < x.at(best) - x.error()[best];
                error[i] = other != best && !behind ? shape.dim(axis) : error[i];
            }
        }
        return new Bounded(value, error);
    }
}
