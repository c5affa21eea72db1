package dagrad.train;

import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.math.BigDecimal;
import java.math.MathContext;

/// The numbers of a tensor at a glance.
///
/// @param least of those that are finite; more than `most` if none is
/// @param nans how many are no numbers
/// @param infinities how many are infinite
/// @param firstBad place of the first that is not finite, or -1
public record Range(TensorSpec spec, double least, double most, long nans, long infinities, long firstBad) {
    public static Range of(HostTensor tensor) {
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        long nans = 0;
        long infinities = 0;
        long firstBad = -1;
        for (long i = 0; i < tensor.size(); i++) {
            double x = tensor.get(i);
            if (Double.isFinite(x)) {
                least = Math.min(least, x);
                most = Math.max(most, x);
            } else {
                nans += Double.isNaN(x) ? 1 : 0;
                infinities += Double.isNaN(x) ? 0 : 1;
                firstBad = firstBad < 0 ? i : firstBad;
            }
        }
        return new Range(tensor.spec(), least, most, nans, infinities, firstBad);
    }

    public boolean isFinite() {
        return firstBad < 0;
    }

    /// `f32[3,4] from 0 to 0.93`, `f32[3,4] from -1 to 1 and 2 × NaN`
    @Override
    public String toString() {
        String finite = least > most ? "" : " from " + brief(least) + " to " + brief(most);
        String bad = (nans == 0 ? "" : " and " + nans + " × NaN")
                + (infinities == 0 ? "" : " and " + infinities + " × Infinity");
        return spec + (finite.isEmpty() ? bad.replaceFirst(" and ", " with nothing but ") : finite + bad);
    }

    /// Four digits.
    private static String brief(double x) {
        return x == 0
                ? "0"
                : new BigDecimal(x)
                        .round(new MathContext(4))
                        .stripTrailingZeros()
                        .toString();
    }
}
