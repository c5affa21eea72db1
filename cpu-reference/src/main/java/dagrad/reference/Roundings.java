package dagrad.reference;

import dagrad.graph.ScalarFn;
import dagrad.tensor.DType;
import java.util.Locale;

/// How exactly a correct device computes: the unit roundoffs of the types, what a sum of so many terms may lose, and the
/// accuracy that is asked of the functions.
///
/// @param shortFactors whether factors of matrix products may be rounded to TF32
record Roundings(boolean shortFactors) {
    /// What shortening a factor to TF32, whose significand has 11 bits, may change: some devices cut off the rest.
    private static final double TF32 = 0x1p-10;

    /// Below the smallest normal f32 a device may flush to zero, once for the operand and once for the result.
    private static final double UNDERFLOW = 0x1p-125;

    /// Half the distance from 1 to the next larger number: the largest relative error of one rounding. A float64 is twice
    /// that, as the reference rounds too.
    static double unit(DType type) {
        return switch (type) {
            case F64 -> 0x1p-52;
            case F32 -> 0x1p-24;
            case BF16 -> 0x1p-8;
            case I64, I32 -> 0;
        };
    }

    /// γₙ = nu/(1 - nu): the relative error, of the sum of the terms' sizes, that a sum of n products can have in whatever
    /// order it is computed (Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 3.1).
    ///
    /// @param type what is summed up; the sum itself is of the wide type
    static double sum(double n, DType type) {
        double nu = n * unit(type.wide());
        return nu < 1 ? nu / (1 - nu) : Double.POSITIVE_INFINITY;
    }

    /// The same for a matrix product. Tensor cores, which take short factors, cut their sums off instead of rounding them,
    /// and so lose up to twice as much (Fasi, Higham, Mikaitis and Pranesh, "Numerical behavior of NVIDIA tensor cores",
    /// 2021).
    double product(double n, DType type) {
        boolean shortened = shortFactors && type == DType.F32;
        double factors = shortened ? 2 * TF32 + TF32 * TF32 : 0;
        return factors + (1 + factors) * sum(shortened || type == DType.BF16 ? 2 * n : n, type);
    }

    /// What rounding alone may do to a function's value, in the wide type.
    ///
    /// @param a the first operand
    /// @param value the function's, with all that it may be off by already
    static double function(ScalarFn fn, double a, double value, DType type) {
        double units = units(fn, a);
        return units == 0 ? 0 : units * unit(type.wide()) * value + (type == DType.F64 ? 0 : UNDERFLOW);
    }

    /// The accuracy asked of functions, in unit roundoffs: arithmetic is rounded once; a device may divide by multiplying
    /// with a reciprocal; e^a may be computed as 2^(a log₂e), which rounds the exponent. For the rest it is twice the
    /// largest error that the CUDA Programming Guide states, or what the CPU's rational functions need.
    private static double units(ScalarFn fn, double a) {
        return switch (fn) {
            case NEG, ABS, SIGN, FLOOR, RELU, STOP_GRADIENT, MAX, MIN, EQ, NE, LT, LE, SELECT, CLIP -> 0;
            case ADD, SUB, MUL -> 1;
            case SQRT -> 2;
            case DIV -> 3;
            case EXPM1, LOG, LOG1P, RSQRT, SIN, COS -> 4;
            case EXP -> 4 + 2 * Math.abs(a);
            case SIGMOID -> 8 + 2 * Math.abs(a);
            case TANH, ERF -> 10;
            case POW -> 16;
            case MOD -> 2;
        };
    }

    /// The same as text, empty for exact functions: `4 + 2|x|`.
    static String unitsText(ScalarFn fn) {
        double standing = units(fn, 0);
        double growing = units(fn, 1) - standing;
        String text = String.format(Locale.ROOT, "%.0f", standing);
        return standing == 0 ? "" : growing == 0 ? text : String.format(Locale.ROOT, "(%s + %.0f|x|)", text, growing);
    }
}
