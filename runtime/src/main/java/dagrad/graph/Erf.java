package dagrad.graph;

/// The error function in float64, for the table's `erf`.
final class Erf {
    private Erf() {}

    /// 2/sqrt(pi) times the integral of e^(-t²) from 0 to x, to about 1e-16 absolute: the Maclaurin series
    /// (Abramowitz & Stegun 7.1.6, all terms positive) below 3, the continued fraction of erfc (7.1.14) above.
    static double erf(double x) {
        double a = Math.abs(x);
        if (Double.isNaN(x)) {
            return x;
        }
        if (a > 6) {
            return Math.signum(x);
        }
        return Math.copySign(a < 3 ? series(a) : 1 - complement(a), x);
    }

    private static double series(double x) {
        double term = x;
        double sum = x;
        for (int n = 1; term > 1e-18 * sum; n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }

    private static double complement(double x) {
        double fraction = 0;
        for (int n = 60; n > 0; n--) {
            fraction = n / 2.0 / (x + fraction);
        }
        return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
    }
}
