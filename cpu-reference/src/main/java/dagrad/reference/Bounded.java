package dagrad.reference;

import dagrad.tensor.DType;
import java.util.Arrays;

/// A tensor, and for each element the most that a correct device can be off by.
///
/// @param error not negative; infinite where anything may come out, as behind a comparison that rounding can turn
record Bounded(Numbers value, double[] error) {
    Bounded {
        if (error.length != value.size()) {
            throw new IllegalArgumentException(error.length + " bounds for " + value.spec());
        }
    }

    static Bounded exact(Numbers value) {
        return new Bounded(value, new double[value.size()]);
    }

    boolean isExact() {
        for (double e : error) {
            if (e != 0) {
                return false;
            }
        }
        return true;
    }

    double at(int i) {
        return at(value, i);
    }

    static double at(Numbers numbers, int i) {
        return switch (numbers) {
            case Reals reals -> reals.get(i);
            case Integers integers -> integers.get(i);
        };
    }

    /// The errors as a tensor of the value's shape.
    Reals errors() {
        return new Reals(value.spec().withDtype(DType.F64), error);
    }

    /// |value| + error: the largest that an element can be.
    Reals sizes() {
        double[] sizes = new double[error.length];
        Arrays.setAll(sizes, i -> Math.abs(at(i)) + error[i]);
        return new Reals(value.spec().withDtype(DType.F64), sizes);
    }

    /// The same numbers, which may be off by more.
    Bounded with(double[] more) {
        double[] sum = error.clone();
        Arrays.setAll(sum, i -> sum[i] + more[i]);
        return new Bounded(value, sum);
    }
}
