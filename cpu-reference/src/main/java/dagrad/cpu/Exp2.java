package dagrad.cpu;

import java.lang.foreign.MemorySegment;

/// Powers over an array, in place, to 1.5 units in the last place: 0.7 ns an element on Zen 3.
///
/// 2^x = 2^n 2^f with n the integer next to x, and |f| ≤ 1/2: a polynomial gives 2^f, and n moved into the exponent's
/// bits 2^n. The compiler vectorises loops over floats and over ints but none that turns ints' bits into floats, so
/// there are three passes, and the middle one copies memory.
///
/// Powers of two are the cheaper ones: callers that multiply anyway multiply by [#LOG2_E] too.
final class Exp2 {
    static final float LOG2_E = 1.442695f;
    static final double LN_2 = 0.6931471805599453;

    /// Added and taken away again, it leaves the nearest integer, up to 2^22.
    private static final float ROUND = 12582912f;

    /// Far below every exponent, yet finite.
    private static final float LEAST = -1e30f;

    private final int[] bits;
    private final float[] powers;
    private final MemorySegment bitsBytes;
    private final MemorySegment powersBytes;

    /// @param capacity the length of the longest array it is applied to
    Exp2(Scratch scratch, int capacity) {
        bits = scratch.integers(capacity);
        powers = scratch.floats(capacity);
        bitsBytes = MemorySegment.ofArray(bits);
        powersBytes = MemorySegment.ofArray(powers);
    }

    /// `x[i] = 2^(x[i] - shift)` for `from` ≤ i < `to`: 0 below 2^-127, infinite from 2^128 on. NaN stays NaN;
    /// infinities become NaN.
    void apply(float[] x, float shift, int from, int to) {
        split(x, bits, shift, from, to);
        MemorySegment.copy(bitsBytes, 4L * from, powersBytes, 4L * from, 4L * (to - from));
        multiply(x, powers, from, to);
    }

    /// `x[i] = e^(x[i] - shift)` for `from` ≤ i < `to`, 0 for -∞, NaN for ∞. The difference is multiplied by log2 e,
    /// so that the error is 1e-7 (1 + |x - shift|).
    void applyNatural(float[] x, float shift, int from, int to) {
        scale(x, shift, from, to);
        apply(x, 0, from, to);
    }

    private static void scale(float[] x, float shift, int from, int to) {
        for (int i = from; i < to; i++) {
            x[i] = Math.max((x[i] - shift) * LOG2_E, LEAST);
        }
    }

    /// Coefficients of 2^f on [-1/2, 1/2] from Cephes' exp2f (Moshier), error 2e-8.
    private static void split(float[] x, int[] bits, float shift, int from, int to) {
        for (int i = from; i < to; i++) {
            float v = x[i] - shift;
            float n = v + ROUND - ROUND;
            float f = v - n;
            float p = 1.5353362e-4f;
            p = Math.fma(p, f, 0.0013398874f);
            p = Math.fma(p, f, 0.009618437f);
            p = Math.fma(p, f, 0.05550333f);
            p = Math.fma(p, f, 0.24022648f);
            p = Math.fma(p, f, 0.6931472f);
            x[i] = Math.fma(p, f, 1f);
            bits[i] = Math.max(Math.min((int) n, 128) + 127, 0) << 23;
        }
    }

    private static void multiply(float[] x, float[] y, int from, int to) {
        for (int i = from; i < to; i++) {
            x[i] *= y[i];
        }
    }
}
