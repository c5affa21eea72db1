package dagrad.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dagrad.graph.ArgMax;
import dagrad.graph.Cast;
import dagrad.graph.MatMul;
import dagrad.graph.Op;
import dagrad.graph.Pad;
import dagrad.graph.Pointwise;
import dagrad.graph.Reduce;
import dagrad.graph.ScalarFn;
import dagrad.graph.ScatterAdd;
import dagrad.graph.Softmax;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class BoundsTest {
    private static final double U = 0x1p-24;

    private final Bounds bounds = Bounds.of(new Roundings(false));

    private static Bounded of(DType type, double[] values, double... errors) {
        Bounded exact = Bounded.exact(new Reals(new TensorSpec(type, Shape.of(values.length)), values));
        return errors.length == 0 ? exact : new Bounded(exact.value(), errors);
    }

    private double bound(Op op, Bounded... in) {
        return bounds.apply(op, List.of(in)).getFirst().error()[0];
    }

    private double bound(ScalarFn fn, Bounded... in) {
        return bound(new Pointwise(fn), in);
    }

    /// γₖ of the sum of the products' sizes, and what the factors' errors do to it.
    @Test
    void aProductMayLoseARoundingForEachTerm() {
        HostTensor a = HostTensor.of(new float[] {1, -2, 3}, 1, 3);
        HostTensor b = HostTensor.of(new float[] {4, 5, 6}, 3, 1);
        Bounded left = Bounded.exact(Numbers.of(a.spec(), a));
        Bounded right = Bounded.exact(Numbers.of(b.spec(), b));
        assertThat(bound(new MatMul(), left, right)).isCloseTo(3 * U * 32, within(1e-11));
        Bounded off = new Bounded(right.value(), new double[] {0.5, 0, 0.25});
        assertThat(bound(new MatMul(), left, off)).isCloseTo(1.25, within(1e-5));
    }

    @Test
    void factorsMayBeShortened() {
        Bounds tf32 = Bounds.of(new Roundings(true));
        HostTensor one = HostTensor.of(new float[] {1}, 1, 1);
        Bounded x = Bounded.exact(Numbers.of(one.spec(), one));
        assertThat(tf32.apply(new MatMul(), List.of(x, x)).getFirst().error()[0])
                .isBetween(0x1p-9, 1.01 * 0x1p-9);
    }

    @Test
    void aSumLosesByItsTermsAndNotByItsLength() {
        Bounded terms = of(DType.F32, new double[] {1, 2, 4});
        assertThat(bound(new Reduce(Reduce.Kind.SUM, List.of(0)), terms)).isCloseTo(3 * U * 7, within(1e-12));
        Bounded places = Bounded.exact(new Integers(TensorSpec.i32(3), new long[] {1, 1, 0}));
        double[] errors = bounds.apply(new ScatterAdd(3), List.of(places, terms))
                .getFirst()
                .error();
        assertThat(errors[0]).isZero();
        assertThat(errors[1]).isCloseTo(2 * U * 3, within(1e-12));
        assertThat(errors[2]).isZero();
    }

    /// Of functions of two operands the second is 4 and off as well.
    @ParameterizedTest
    @CsvSource({
        "EXP, 1, 2.7183",
        "LOG, 2, 0.5",
        "SQRT, 4, 0.25",
        "TANH, 0, 1",
        "MUL, 3, 7",
        "DIV, 2, 0.375",
        "MAX, 2, 1",
        "RELU, 1, 1",
        "RELU, -1, 0"
    })
    void errorsOfOperandsAreWorthTheDerivative(ScalarFn fn, double x, double slopes) {
        double small = 1e-4;
        Bounded a = of(DType.F64, new double[] {x}, small);
        Bounded b = of(DType.F64, new double[] {4}, small);
        double found = fn.arity() == 1 ? bound(fn, a) : bound(fn, a, b);
        assertThat(found).isCloseTo(small * slopes, within(1e-3 * small));
    }

    @Test
    void whatIsRightAtAKinkIsNotAnError() {
        assertThat(bound(ScalarFn.RELU, of(DType.F32, new double[] {1e-9}, 1e-8)))
                .isCloseTo(1e-8, within(1e-9));
        Bounded near = of(DType.F32, new double[] {1}, 1e-7);
        assertThat(bound(ScalarFn.LT, near, of(DType.F32, new double[] {1}))).isEqualTo(1);
        assertThat(bound(ScalarFn.LT, near, of(DType.F32, new double[] {1.1}))).isZero();
        assertThat(bound(ScalarFn.EQ, near, of(DType.F32, new double[] {1.1}))).isZero();
        Bounded unsure = of(DType.F32, new double[] {1}, 1);
        Bounded five = of(DType.F32, new double[] {5});
        assertThat(bound(ScalarFn.SELECT, unsure, five, of(DType.F32, new double[] {2})))
                .isEqualTo(3);
        assertThat(bound(ScalarFn.DIV, five, of(DType.F32, new double[] {0.1}, 0.2)))
                .isInfinite();
    }

    @Test
    void aChoiceAmongNeighboursIsOpen() {
        Bounded clear = of(DType.F32, new double[] {1, 2, 3}, 0.1, 0.1, 0.1);
        Bounded open = of(DType.F32, new double[] {1, 2.9, 3}, 0.1, 0.1, 0.1);
        assertThat(bound(new ArgMax(0), clear)).isZero();
        assertThat(bound(new ArgMax(0), open)).isEqualTo(3);
        assertThat(bound(new Reduce(Reduce.Kind.MAX, List.of(0)), clear)).isCloseTo(0.1, within(1e-12));
    }

    /// What is put beside the elements is known.
    @Test
    void aMarginIsExact() {
        Bounded x = of(DType.F32, new double[] {1}, 0.5);
        assertThat(bounds.apply(new Pad(List.of(1), List.of(0), 7), List.of(x))
                        .getFirst()
                        .error())
                .containsExactly(0, 0.5);
    }

    /// In bf16 most results are certain; one that is near the middle between two numbers may be either.
    @Test
    void aResultInBf16IsCertainAwayFromTheMiddle() {
        Bounded far = of(DType.F32, new double[] {1.001}, 1e-6);
        Bounded middle = of(DType.F32, new double[] {1 + 0x1p-8}, 1e-6);
        Bounded result = bounds.apply(new Cast(DType.BF16), List.of(far)).getFirst();
        assertThat(result.error()[0]).isZero();
        assertThat(result.at(0)).isEqualTo(1);
        assertThat(bound(new Cast(DType.BF16), middle)).isEqualTo(0x1p-7);
    }

    /// A softmax in floats, as plainly as it can be written, keeps within the bound; one whose sum lacks a term does not.
    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16"})
    void aCompositeIsBoundedByItsExpansion(DType type) {
        Random random = new Random(3);
        double[] x = random.doubles(64, -4, 4).map(type::round).toArray();
        HostTensor row = HostTensor.of(new TensorSpec(type, Shape.of(1, 64)), x);
        Bounded expected = bounds.apply(new Softmax(), List.of(Bounded.exact(Numbers.of(row.spec(), row))))
                .getFirst();
        assertThat(outside(expected, softmax(x, 0), type)).isZero();
        assertThat(outside(expected, softmax(x, 1), type)).isPositive();
    }

    private static float[] softmax(double[] x, int from) {
        float sum = 0;
        float[] y = new float[x.length];
        for (int i = 0; i < y.length; i++) {
            y[i] = (float) Math.exp((float) x[i]);
            sum += i < from ? 0 : y[i];
        }
        for (int i = 0; i < y.length; i++) {
            y[i] /= sum;
        }
        return y;
    }

    private static int outside(Bounded expected, float[] found, DType type) {
        int count = 0;
        for (int i = 0; i < found.length; i++) {
            count += Math.abs(type.round(found[i]) - expected.at(i)) > expected.error()[i] ? 1 : 0;
        }
        return count;
    }
}
