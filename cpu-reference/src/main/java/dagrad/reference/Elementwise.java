package dagrad.reference;

import dagrad.graph.ScalarFn;
import dagrad.tensor.DType;
import java.util.List;

/// Bounds of the scalar functions. Nearly all are monotone in each operand, so that over a box of operands the value is
/// farthest from the middle's at a corner: no derivative is needed, and kinks are no exception.
final class Elementwise {
    private Elementwise() {}

    /// @param value of the function on the operands' values
    static Bounded of(ScalarFn fn, Numbers value, List<Bounded> in) {
        DType type = value.spec().dtype();
        double[] x = new double[3];
        double[] e = new double[3];
        double[] error = new double[value.size()];
        for (int i = 0; i < error.length; i++) {
            double inherited = 0;
            for (int k = 0; k < fn.arity(); k++) {
                x[k] = in.get(k).at(i);
                e[k] = in.get(k).error()[i];
                inherited += e[k];
            }
            double y = Bounded.at(value, i);
            inherited = inherited == 0 ? 0 : inherited(fn, x, e, y);
            double own = type.isFloating() ? Roundings.function(fn, x[0], size(fn, x, y) + inherited, type) : 0;
            error[i] = inherited + (own > 0 ? own : 0);
        }
        return new Bounded(value, error);
    }

    /// Of what a function's rounding is a part: its value; for a remainder, of what it is the remainder of.
    private static double size(ScalarFn fn, double[] x, double y) {
        return fn == ScalarFn.MOD ? Math.abs(x[0]) + Math.abs(y) : Math.abs(y);
    }

    /// How far the function of operands that are off can be from its value.
    private static double inherited(ScalarFn fn, double[] x, double[] e, double y) {
        return switch (fn) {
            case EQ, NE -> Math.abs(x[0] - x[1]) <= e[0] + e[1] ? 1 : 0;
            case SELECT -> select(x, e);
            case SIN, COS -> Math.min(2, e[0]);
            case MOD -> mod(x, e);
            case DIV -> Math.abs(x[1]) <= e[1] ? Double.POSITIVE_INFINITY : corners(fn, x, e, y);
            case POW -> x[0] > e[0] ? corners(fn, x, e, y) : powerOfAny(x, e, y);
            case NEG,
                    ABS,
                    SIGN,
                    EXP,
                    EXPM1,
                    LOG,
                    LOG1P,
                    SQRT,
                    RSQRT,
                    TANH,
                    SIGMOID,
                    ERF,
                    FLOOR,
                    RELU,
                    STOP_GRADIENT,
                    ADD,
                    SUB,
                    MUL,
                    MAX,
                    MIN,
                    LT,
                    LE,
                    CLIP -> corners(fn, x, e, y);
        };
    }

    private static double corners(ScalarFn fn, double[] x, double[] e, double y) {
        double most = 0;
        for (int corner = 0; corner < 1 << fn.arity(); corner++) {
            double a = x[0] + ((corner & 1) == 0 ? e[0] : -e[0]);
            double b = x[1] + ((corner & 2) == 0 ? e[1] : -e[1]);
            double c = x[2] + ((corner & 4) == 0 ? e[2] : -e[2]);
            most = Math.max(most, apart(fn.apply(a, b, c), y));
        }
        return most;
    }

    /// Infinitely far if one of them is no number.
    static double apart(double a, double b) {
        if (Double.compare(a, b) == 0 || a == b) {
            return 0;
        }
        return Double.isNaN(a - b) ? Double.POSITIVE_INFINITY : Math.abs(a - b);
    }

    /// The error of what is chosen; if the condition may be the other one, of what could be chosen in its place too.
    private static double select(double[] x, double[] e) {
        int chosen = x[0] != 0 ? 1 : 2;
        boolean certain = e[0] == 0 || Math.abs(x[0]) > e[0];
        return certain ? e[chosen] : Math.max(e[chosen], apart(x[1], x[2]) + e[3 - chosen]);
    }

    /// a - b q, if the quotient's integer part q is certain; otherwise anything from 0 to b.
    private static double mod(double[] x, double[] e) {
        double low = Math.floor((x[0] - e[0]) / x[1]);
        double high = Math.floor((x[0] + e[0]) / x[1]);
        boolean certain = low == high && e[1] == 0;
        return certain ? e[0] : Math.abs(x[1]) + e[0] + e[1];
    }

    /// A whole power of a number that may be of either sign.
    private static double powerOfAny(double[] x, double[] e, double y) {
        boolean whole = e[1] == 0 && x[1] >= 0 && Math.rint(x[1]) == x[1];
        return whole ? Math.pow(Math.abs(x[0]) + e[0], x[1]) + Math.abs(y) : Double.POSITIVE_INFINITY;
    }
}
