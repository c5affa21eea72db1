package dagrad.reference;

import dagrad.graph.Reduce;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Literal;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// A tensor as the oracle holds it: all floating types as doubles, all integers as longs, row-major. The spec says
/// what it stands for; whether the doubles are rounded to it is the interpreter's choice.
sealed interface Numbers permits Reals, Integers {
    TensorSpec spec();

    default Shape shape() {
        return spec().shape();
    }

    default int size() {
        return Math.toIntExact(shape().size());
    }

    /// The elements at those places, as a tensor of that shape; at the place -1 there is `fill`.
    Numbers pick(Shape shape, int[] places, double fill);

    /// A tensor of that shape into which each element is put at its place, in ascending order; elements that meet
    /// are added, or the largest or smallest is kept. A place where nothing arrives holds 0 (or minus or plus
    /// infinity).
    Numbers gatherInto(Reduce.Kind kind, Shape shape, int[] places);

    /// This tensor's elements followed by the others', as a vector. The others are of the same type.
    Numbers followedBy(List<Numbers> others);

    /// In another type, as [Cast][dagrad.graph.Cast] converts; floats are not rounded.
    Numbers cast(DType to);

    /// Each element rounded to the spec's type.
    Numbers rounded();

    /// Whether element `i` is larger than element `j`; NaN is larger than all numbers.
    boolean larger(int i, int j);

    /// As a tensor in memory: the floats as f64, or in the spec's type.
    HostTensor toHost(boolean floatsAsF64);

    /// The same elements under another shape.
    default Numbers reshape(Shape shape) {
        int[] places = new int[size()];
        for (int i = 0; i < places.length; i++) {
            places[i] = i;
        }
        return pick(shape, places, 0);
    }

    static Numbers of(TensorSpec spec, HostTensor tensor) {
        if (spec.dtype().isFloating()) {
            return new Reals(spec, tensor.doubles());
        }
        long[] values = new long[Math.toIntExact(tensor.size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = tensor.getLong(i);
        }
        return new Integers(spec, values);
    }

    /// The elements of a literal, or its only element everywhere.
    static Numbers of(TensorSpec spec, Literal literal) {
        double[] reals = new double[Math.toIntExact(spec.shape().size())];
        long[] integers = new long[reals.length];
        for (int i = 0; i < reals.length; i++) {
            reals[i] = literal.get(literal.size() == 1 ? 0 : i);
            integers[i] = literal.getLong(literal.size() == 1 ? 0 : i);
        }
        return spec.dtype().isFloating() ? new Reals(spec, reals) : new Integers(spec, integers);
    }
}
