package dagrad.models.diffusion;

import java.util.stream.IntStream;

/// How an image is lost in noise over the times 0 to T − 1: at time t it is √ᾱ_t x₀ + √(1 − ᾱ_t) ε.
///
/// @param times T
public record NoiseSchedule(Kind kind, int times) {
    /// How ᾱ falls.
    public enum Kind {
        /// β rises evenly from 10⁻⁴ to 0.02 (Ho, Jain & Abbeel, "Denoising diffusion probabilistic models", 2020), for
        /// T = 1000; in proportion to 1000/T for others.
        LINEAR {
            @Override
            double beta(int t, int times) {
                double share = times == 1 ? 0 : (double) t / (times - 1);
                return Math.min(LARGEST, (1e-4 + share * (0.02 - 1e-4)) * 1000 / times);
            }
        },
        /// ᾱ falls like cos² (Nichol & Dhariwal, "Improved denoising diffusion probabilistic models", 2021, (17)).
        COSINE {
            @Override
            double beta(int t, int times) {
                return Math.min(LARGEST, 1 - squaredCosine(t + 1, times) / squaredCosine(t, times));
            }

            private static double squaredCosine(int t, int times) {
                double cosine = Math.cos(((double) t / times + OFFSET) / (1 + OFFSET) * Math.PI / 2);
                return cosine * cosine;
            }
        };

        private static final double OFFSET = 0.008;
        private static final double LARGEST = 0.999;

        /// The share of the variance that is noise of time t alone.
        abstract double beta(int t, int times);
    }

    /// @throws IllegalArgumentException if there are no times
    public NoiseSchedule {
        if (times < 1) {
            throw new IllegalArgumentException("noise needs at least 1 time, not " + times);
        }
    }

    /// ᾱ of all times: what is left of the image's variance, from nearly 1 to nearly 0.
    public double[] kept() {
        double[] kept = new double[times];
        double product = 1;
        for (int t = 0; t < times; t++) {
            product *= 1 - kind.beta(t, times);
            kept[t] = product;
        }
        return kept;
    }

    /// Some of the times, evenly spaced, from T − 1 down.
    ///
    /// @throws IllegalArgumentException if there are not so many
    int[] visited(int steps) {
        if (steps < 1 || steps > times) {
            throw new IllegalArgumentException(
                    "noise of " + times + " times is removed in 1 to " + times + " steps, not " + steps);
        }
        return IntStream.rangeClosed(1, steps)
                .map(i -> (int) ((long) (steps - i + 1) * times / steps) - 1)
                .toArray();
    }
}
