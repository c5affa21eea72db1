package dagrad.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.graph.ScalarFn;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The float functions against the double ones that say what they mean, over all of their ranges.
class FloatMathTest {
    private static final int LENGTH = Scratch.TILE;

    /// A function over arrays.
    @FunctionalInterface
    interface OverArrays {
        void apply(float[] x, float[] z, int n, FloatMath.Bits bits);
    }

    /// Function, range, and the error allowed in units of the last place of the exact result.
    static Stream<Arguments> functions() {
        return Stream.of(
                Arguments.of(ScalarFn.EXP, (OverArrays) FloatMath::exp, -86.0, 88.7, 1.5),
                Arguments.of(ScalarFn.EXP, (OverArrays) FloatMath::exp, -1e-3, 1e-3, 1.0),
                Arguments.of(ScalarFn.EXPM1, (OverArrays) FloatMath::expm1, -20.0, 88.7, 1.0),
                Arguments.of(ScalarFn.EXPM1, (OverArrays) FloatMath::expm1, -1e-3, 1e-3, 1.0),
                Arguments.of(ScalarFn.LOG, (OverArrays) FloatMath::log, 1e-3, 2.0, 1.0),
                Arguments.of(ScalarFn.LOG, (OverArrays) FloatMath::log, 1.0, 1e30, 1.0),
                Arguments.of(ScalarFn.LOG1P, (OverArrays) FloatMath::log1p, -0.99, 10.0, 1.0),
                Arguments.of(ScalarFn.TANH, (OverArrays) FloatMath::tanh, -12.0, 12.0, 7.0),
                Arguments.of(ScalarFn.TANH, (OverArrays) FloatMath::tanh, -1e-3, 1e-3, 4.0),
                Arguments.of(ScalarFn.SIGMOID, (OverArrays) FloatMath::sigmoid, -86.0, 20.0, 3.0),
                Arguments.of(ScalarFn.ERF, (OverArrays) FloatMath::erf, -6.0, 6.0, 8.0),
                Arguments.of(ScalarFn.ERF, (OverArrays) FloatMath::erf, -1e-3, 1e-3, 8.0),
                Arguments.of(ScalarFn.SIN, (OverArrays) FloatMath::sin, -1e4, 1e4, 1.0),
                Arguments.of(ScalarFn.COS, (OverArrays) FloatMath::cos, -1e4, 1e4, 1.0));
    }

    /// 1 - tanh² and 1 + erf are multiplied by large numbers where activations saturate.
    @Test
    void saturateExactly() {
        float[] x = {-Float.MAX_VALUE, -100, -9, 9, 100, Float.MAX_VALUE};
        float[] z = new float[x.length];
        FloatMath.Bits bits = new FloatMath.Bits(x.length);
        FloatMath.tanh(x, z, x.length, bits);
        assertThat(z).containsExactly(-1, -1, -1, 1, 1, 1);
        FloatMath.erf(x, z, x.length, bits);
        assertThat(z).containsExactly(-1, -1, -1, 1, 1, 1);
    }

    @Test
    void stayWithinOne() {
        float[] x = new float[LENGTH];
        float[] z = new float[LENGTH];
        FloatMath.Bits bits = new FloatMath.Bits(LENGTH);
        for (int i = 0; i < LENGTH; i++) {
            x[i] = 3.5f + 6f * i / LENGTH;
        }
        FloatMath.tanh(x, z, LENGTH, bits);
        assertThat(max(z)).isLessThanOrEqualTo(1f);
        FloatMath.erf(x, z, LENGTH, bits);
        assertThat(max(z)).isLessThanOrEqualTo(1f);
    }

    private static float max(float[] values) {
        float result = values[0];
        for (float value : values) {
            result = Math.max(result, value);
        }
        return result;
    }

    @ParameterizedTest
    @MethodSource("functions")
    void areAccurate(ScalarFn fn, OverArrays function, double from, double to, double allowed) {
        float[] x = new float[LENGTH];
        float[] z = new float[LENGTH];
        FloatMath.Bits bits = new FloatMath.Bits(LENGTH);
        int tiles = 50;
        double worst = 0;
        float where = 0;
        for (int tile = 0; tile < tiles; tile++) {
            for (int i = 0; i < LENGTH; i++) {
                x[i] = (float) (from + (to - from) * (tile * LENGTH + i) / (tiles * LENGTH - 1));
            }
            function.apply(x, z, LENGTH, bits);
            for (int i = 0; i < LENGTH; i++) {
                double exact = fn.apply(x[i], 0, 0);
                double error = Math.abs(z[i] - exact) / Math.ulp((float) exact);
                if (!(error <= worst)) {
                    worst = error;
                    where = x[i];
                }
            }
        }
        assertThat(worst).as("ulps of %s at %s", fn.text(), where).isLessThanOrEqualTo(allowed);
    }

    @ParameterizedTest
    @MethodSource("functions")
    void keepNotANumber(ScalarFn fn, OverArrays function, double from, double to, double allowed) {
        assertThat(at(function, Float.NaN)).as(fn.text()).isNaN();
    }

    /// At infinity and beyond the range the results are the limits; they may differ by what is below 1e-37.
    @ParameterizedTest
    @MethodSource("functions")
    void haveTheirLimits(ScalarFn fn, OverArrays function, double from, double to, double allowed) {
        for (float x : new float[] {Float.NEGATIVE_INFINITY, -1000, -200, 200, 1000, Float.POSITIVE_INFINITY}) {
            double exact = (float) fn.apply(x, 0, 0);
            float actual = at(function, x);
            boolean same = Double.compare(exact, actual) == 0
                    || Math.abs(exact - actual) <= allowed * Math.ulp((float) exact)
                    || Math.abs(exact - actual) < 1e-37;
            assertThat(same)
                    .as("%s(%s) is %s, not %s", fn.text(), x, exact, actual)
                    .isTrue();
        }
    }

    private static float at(OverArrays function, float x) {
        float[] z = new float[1];
        function.apply(new float[] {x}, z, 1, new FloatMath.Bits(1));
        return z[0];
    }
}
