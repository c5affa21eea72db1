package dagrad.train;

import dagrad.optimizer.StepGraph;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Looks at the scalars of each step for trouble.
final class Watch {
    /// Norms that the next one is compared with, and how many there must be.
    private static final int REMEMBERED = 101;

    private static final int FIRST_JUDGED = 20;

    /// A norm so many times the median of those before is told of.
    private static final double SPIKE = 10;

    private final double[] norms = new double[REMEMBERED];
    private final double[] sorted = new double[REMEMBERED];
    private long count;

    /// The first of loss and gradient's norm that is not finite.
    static Optional<String> bad(Map<String, Double> outputs) {
        return Stream.of(StepGraph.LOSS, StepGraph.GRADIENT_NORM)
                .filter(name -> !Double.isFinite(outputs.getOrDefault(name, 0.0)))
                .findFirst();
    }

    /// A warning, if a gradient is far longer than those before it.
    Optional<String> spike(double norm) {
        int known = (int) Math.min(count, REMEMBERED);
        double median = known < FIRST_JUDGED ? Double.POSITIVE_INFINITY : median(known);
        norms[(int) (count++ % REMEMBERED)] = norm;
        return norm > SPIKE * median
                ? Optional.of(String.format(
                        Locale.ROOT,
                        "the gradient's norm is %.3g, %.0f times the median of the %d steps before",
                        norm,
                        norm / median,
                        known))
                : Optional.empty();
    }

    private double median(int known) {
        System.arraycopy(norms, 0, sorted, 0, known);
        Arrays.sort(sorted, 0, known);
        return Math.max(sorted[known / 2], Double.MIN_NORMAL);
    }
}
