package dagrad.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Functions of floats over the elements 0..n-1 of arrays, in loops that the JVM's compiler turns into vector code
/// where it can. Float arithmetic is exact in Java, so the bits do not depend on whether a loop is compiled.
///
/// Result and operand may be one array.
final class FloatMath {
    private static final float LOG2_E = 1.44269504f;
    /// Adding and subtracting it rounds a float below 2^22 to the nearest integer.
    private static final float ROUNDER = 12582912f;

    private FloatMath() {}

    /// Room for the bits of exponents, as reading floats as integers would keep a loop from being vectorised.
    static final class Bits {
        final int[] exponents;
        final float[] powers;
        private final MemorySegment from;
        private final MemorySegment to;

        Bits(int length) {
            exponents = new int[length];
            powers = new float[length];
            from = MemorySegment.ofArray(exponents);
            to = MemorySegment.ofArray(powers);
        }

        /// Reads the exponents' bits as floats.
        private void reinterpret(int n) {
            MemorySegment.copy(from, ValueLayout.JAVA_INT, 0, to, ValueLayout.JAVA_INT, 0, n);
        }
    }

    /// e^x to 1 ulp, 0 below -87: x = n ln 2 + r with ln 2 in two parts, a polynomial for e^r (Cephes, expf), and 2^n
    /// by its bits. The power is 2^(n-1), doubled afterwards, so that the largest results do not overflow on the way.
    static void exp(float[] x, float[] z, int n, Bits bits) {
        int[] q = bits.exponents;
        float[] w = bits.powers;
        for (int i = 0; i < n; i++) {
            float a = Math.min(89f, Math.max(-87.4f, x[i]));
            float f = Math.fma(a, LOG2_E, ROUNDER) - ROUNDER;
            float r = Math.fma(f, 2.12194440e-4f, Math.fma(f, -0.693359375f, a));
            float p = Math.fma(1.9875691500E-4f, r, 1.3981999507E-3f);
            p = Math.fma(p, r, 8.3334519073E-3f);
            p = Math.fma(p, r, 4.1665795894E-2f);
            p = Math.fma(p, r, 1.6666665459E-1f);
            p = Math.fma(p, r, 5.0000001201E-1f);
            z[i] = Math.fma(p, r * r, r) + 1f;
            q[i] = ((int) f + 126) << 23;
        }
        bits.reinterpret(n);
        for (int i = 0; i < n; i++) {
            z[i] = z[i] * w[i] * 2f;
        }
    }

    /// 1/(1 + e^-x)
    static void sigmoid(float[] x, float[] z, int n, Bits bits) {
        for (int i = 0; i < n; i++) {
            z[i] = -x[i];
        }
        exp(z, z, n, bits);
        for (int i = 0; i < n; i++) {
            z[i] = 1f / (1f + z[i]);
        }
    }

    /// tanh to a few ulps: an odd rational function of degrees 13 and 6 (as in Eigen) up to ±7.9, where it is 4 ulps
    /// short of ±1, then a line that reaches ±1 before ±9. Exactly ±1 it must be: 1 - tanh² is multiplied by large
    /// numbers in derivatives.
    static void tanh(float[] x, float[] z, int n, Bits bits) {
        for (int i = 0; i < n; i++) {
            float a = Math.min(7.90531110763549805f, Math.max(-7.90531110763549805f, x[i]));
            float s = a * a;
            float p = Math.fma(-2.76076847742355e-16f, s, 2.00018790482477e-13f);
            p = Math.fma(p, s, -8.60467152213735e-11f);
            p = Math.fma(p, s, 5.12229709037114e-08f);
            p = Math.fma(p, s, 1.48572235717979e-05f);
            p = Math.fma(p, s, 6.37261928875436e-04f);
            p = Math.fma(p, s, 4.89352455891786e-03f);
            float q = Math.fma(1.19825839466702e-06f, s, 1.18534705686654e-04f);
            q = Math.fma(q, s, 2.26843463243900e-03f);
            q = Math.fma(q, s, 4.89352518554385e-03f);
            float beyond = Math.min(9f, Math.max(-9f, x[i])) - a;
            z[i] = Math.min(1f, Math.max(-1f, Math.fma(beyond, 2.3e-7f, a * p / q)));
        }
    }

    /// The error function to a few ulps: an odd rational function of degrees 13 and 8 (as in Eigen), ±1 beyond ±4 and
    /// never more.
    static void erf(float[] x, float[] z, int n, Bits bits) {
        for (int i = 0; i < n; i++) {
            float a = Math.min(4f, Math.max(-4f, x[i]));
            float s = a * a;
            float p = Math.fma(-2.72614225801306e-10f, s, 2.77068142495902e-08f);
            p = Math.fma(p, s, -2.10102402082508e-06f);
            p = Math.fma(p, s, -5.69250639462346e-05f);
            p = Math.fma(p, s, -7.34990630326855e-04f);
            p = Math.fma(p, s, -2.95459980854025e-03f);
            p = Math.fma(p, s, -1.60960333262415e-02f);
            float q = Math.fma(-1.45660718464996e-05f, s, -2.13374055278905e-04f);
            q = Math.fma(q, s, -1.68282697438203e-03f);
            q = Math.fma(q, s, -7.37332916720468e-03f);
            q = Math.fma(q, s, -1.42647390514189e-02f);
            z[i] = Math.min(1f, Math.max(-1f, a * p / q));
        }
    }

    // ---- by the library, in double precision: rarely over large tensors -------------------------------------------

    static void expm1(float[] x, float[] z, int n, Bits bits) {
        for (int i = 0; i < n; i++) {
            z[i] = (float) Math.expm1(x[i]);
        }
    }

    static void log(float[] x, float[] z, int n, Bits bits) {
        for (int i = 0; i < n; i++) {
            z[i] = (float) Math.log(x[i]);
        }
    }

    static void log1p(float[] x, float[] z, int n, Bits bits) {
        for (int i = 0; i < n; i++) {
            z[i] = (float) Math.log1p(x[i]);
        }
    }

    static void sin(float[] x, float[] z, int n, Bits bits) {
        for (int i = 0; i < n; i++) {
            z[i] = (float) Math.sin(x[i]);
        }
    }

    static void cos(float[] x, float[] z, int n, Bits bits) {
        for (int i = 0; i < n; i++) {
            z[i] = (float) Math.cos(x[i]);
        }
    }

    /// x^y
    static void pow(float[] x, float[] y, float[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (float) Math.pow(x[i], y[i]);
        }
    }

    // ---- for single elements --------------------------------------------------------------------------------------

    static float floor(float x) {
        return (float) Math.floor(x);
    }

    /// a - b floor(a/b)
    static float mod(float a, float b) {
        return a - b * (float) Math.floor(a / b);
    }

    /// The same for integers; 0 where b is 0.
    static int mod(int a, int b) {
        return b == 0 ? 0 : Math.floorMod(a, b);
    }

    static float rsqrt(float x) {
        return 1f / (float) Math.sqrt(x);
    }
}
