package dagrad.graph;

import dagrad.tensor.DType;
import java.util.Locale;

/// The elementwise functions, one line each: how many operands, what it means for real numbers, and its derivative.
/// Conditions are numbers: comparisons give 1 or 0 in the operands' type, and anything but 0 is true.
///
/// Derivatives at kinks: relu'(0) = 0, |x|' = 0 at 0, max and min send the gradient to the first operand on a tie,
/// clip passes it inside the closed interval. Comparisons, sign and floor have derivative zero.
public enum ScalarFn {
    NEG(1, true, (a, b, c) -> -a, r -> r.of(r.g().neg(r.grad(0)))),
    ABS(1, true, (a, b, c) -> Math.abs(a), r -> r.of(r.g().mul(r.grad(0), r.g().sign(r.in(0))))),
    SIGN(1, true, (a, b, c) -> Math.signum(a), r -> Gradient.zero(1)),
    EXP(1, false, (a, b, c) -> Math.exp(a), r -> r.of(r.g().mul(r.grad(0), r.out(0)))),
    EXPM1(1, false, (a, b, c) -> Math.expm1(a), r -> r.of(r.g().mul(r.grad(0), r.g().add(r.out(0), 1)))),
    LOG(1, false, (a, b, c) -> Math.log(a), r -> r.of(r.g().div(r.grad(0), r.in(0)))),
    LOG1P(1, false, (a, b, c) -> Math.log1p(a), r -> r.of(r.g().div(r.grad(0), r.g().add(r.in(0), 1)))),
    SQRT(1, false, (a, b, c) -> Math.sqrt(a), r -> r.of(r.g().div(r.g().mul(r.grad(0), 0.5), r.out(0)))),
    /// 1/sqrt(a); derivative -y³/2.
    RSQRT(
            1,
            false,
            (a, b, c) -> 1 / Math.sqrt(a),
            r -> r.of(r.g().mul(r.g().mul(r.grad(0), -0.5), r.g().mul(r.out(0), r.g().square(r.out(0)))))),
    TANH(1, false, (a, b, c) -> Math.tanh(a), r -> r.of(r.g().mul(r.grad(0), r.g().oneMinus(r.g().square(r.out(0)))))),
    /// 1/(1 + e^-a); derivative y (1 - y).
    SIGMOID(
            1,
            false,
            (a, b, c) -> a >= 0 ? 1 / (1 + Math.exp(-a)) : Math.exp(a) / (1 + Math.exp(a)),
            r -> r.of(r.g().mul(r.grad(0), r.g().mul(r.out(0), r.g().oneMinus(r.out(0)))))),
    /// derivative 2/sqrt(pi) e^(-a²)
    ERF(
            1,
            false,
            (a, b, c) -> Erf.erf(a),
            r -> r.of(r.g().mul(
                            r.grad(0),
                            r.g().mul(r.g().exp(r.g().neg(r.g().square(r.in(0)))), 2 / Math.sqrt(Math.PI))))),
    SIN(1, false, (a, b, c) -> Math.sin(a), r -> r.of(r.g().mul(r.grad(0), r.g().cos(r.in(0))))),
    COS(1, false, (a, b, c) -> Math.cos(a), r -> r.of(r.g().neg(r.g().mul(r.grad(0), r.g().sin(r.in(0)))))),
    FLOOR(1, false, (a, b, c) -> Math.floor(a), r -> Gradient.zero(1)),
    /// max(a, 0); the gradient passes where the result is positive, so that only the result need be kept.
    RELU(
            1,
            true,
            (a, b, c) -> Math.max(a, 0),
            r -> r.of(r.g().select(r.g().gt(r.out(0), 0), r.grad(0), r.g().zerosLike(r.grad(0))))),
    /// The operand itself, through which no gradient flows.
    STOP_GRADIENT(1, true, (a, b, c) -> a, r -> Gradient.zero(1)),
    ADD(2, true, (a, b, c) -> a + b, r -> r.of(r.grad(0), r.grad(0))),
    SUB(2, true, (a, b, c) -> a - b, r -> r.of(r.grad(0), r.g().neg(r.grad(0)))),
    MUL(2, true, (a, b, c) -> a * b, r -> r.of(r.g().mul(r.grad(0), r.in(1)), r.g().mul(r.grad(0), r.in(0)))),
    DIV(
            2,
            false,
            (a, b, c) -> a / b,
            r -> r.of(r.g().div(r.grad(0), r.in(1)), r.g().neg(r.g().div(r.g().mul(r.grad(0), r.out(0)), r.in(1))))),
    /// a^b. The derivative in b is taken as 0 where a <= 0.
    POW(2, false, (a, b, c) -> Math.pow(a, b), r -> {
        GraphBuilder g = r.g();
        Value a = r.in(0);
        Value b = r.in(1);
        Value positive = g.gt(a, 0);
        Value log = g.log(g.select(positive, a, g.onesLike(a)));
        // a^0 is 1 at a = 0 too, where a^-1 is not finite; and 0^b need not be for b < 0.
        Value zero = g.zerosLike(a);
        Value constant = g.eq(b, 0);
        return r.of(
                g.mul(r.grad(0), g.select(constant, zero, g.mul(b, g.pow(a, g.sub(b, 1))))),
                g.mul(r.grad(0), g.select(positive, g.mul(r.out(0), log), zero)));
    }),
    MAX(2, true, (a, b, c) -> Math.max(a, b), r -> toFirstIf(r, r.g().ge(r.in(0), r.in(1)))),
    MIN(2, true, (a, b, c) -> Math.min(a, b), r -> toFirstIf(r, r.g().le(r.in(0), r.in(1)))),
    /// a - b floor(a/b): the sign of b.
    MOD(
            2,
            true,
            (a, b, c) -> a - b * Math.floor(a / b),
            r -> r.of(r.grad(0), r.g().neg(r.g().mul(r.grad(0), r.g().floor(r.g().div(r.in(0), r.in(1))))))),
    EQ(2, true, (a, b, c) -> a == b ? 1 : 0, r -> Gradient.zero(2)),
    NE(2, true, (a, b, c) -> a != b ? 1 : 0, r -> Gradient.zero(2)),
    LT(2, true, (a, b, c) -> a < b ? 1 : 0, r -> Gradient.zero(2)),
    LE(2, true, (a, b, c) -> a <= b ? 1 : 0, r -> Gradient.zero(2)),
    /// a ? b : c
    SELECT(3, true, (a, b, c) -> a != 0 ? b : c, r -> {
        Value zero = r.g().zerosLike(r.grad(0));
        return r.of(zero, r.g().select(r.in(0), r.grad(0), zero), r.g().select(r.in(0), zero, r.grad(0)));
    }),
    /// min(max(a, b), c)
    CLIP(3, true, (a, b, c) -> Math.min(Math.max(a, b), c), r -> {
        GraphBuilder g = r.g();
        Value zero = g.zerosLike(r.grad(0));
        // Where b > c, the result is c, so that is asked first.
        Value above = g.gt(g.max(r.in(0), r.in(1)), r.in(2));
        Value below = g.lt(r.in(0), r.in(1));
        Value within = g.select(above, zero, r.grad(0));
        return r.of(g.select(below, zero, within), g.select(below, within, zero), g.select(above, r.grad(0), zero));
    });

    /// The meaning: a function of at most three real numbers; operands beyond the arity are ignored.
    @FunctionalInterface
    public interface Meaning {
        double apply(double a, double b, double c);
    }

    /// The derivative, as a rule.
    @FunctionalInterface
    interface Derivative {
        Gradient apply(Rule r);
    }

    private final int arity;
    private final boolean onIntegers;
    private final Meaning meaning;
    private final Derivative derivative;
    private final String text = name().toLowerCase(Locale.ROOT);

    ScalarFn(int arity, boolean onIntegers, Meaning meaning, Derivative derivative) {
        this.arity = arity;
        this.onIntegers = onIntegers;
        this.meaning = meaning;
        this.derivative = derivative;
    }

    public int arity() {
        return arity;
    }

    /// Whether the function is defined on that element type: all are on floats, some on integers too.
    public boolean accepts(DType dtype) {
        return onIntegers || dtype.isFloating();
    }

    /// The value in float64, which the float64 reference uses and other types round.
    public double apply(double a, double b, double c) {
        return meaning.apply(a, b, c);
    }

    Gradient gradient(Rule r) {
        return derivative.apply(r);
    }

    /// Whether the function takes a series or a polynomial to compute rather than a few instructions: storing its value
    /// is cheaper than computing it twice, and a loop of its own cheaper than a part of another.
    public boolean isTranscendental() {
        return switch (this) {
            case EXP, EXPM1, LOG, LOG1P, TANH, SIGMOID, ERF, SIN, COS, POW -> true;
            case NEG,
                    ABS,
                    SIGN,
                    SQRT,
                    RSQRT,
                    FLOOR,
                    RELU,
                    STOP_GRADIENT,
                    ADD,
                    SUB,
                    MUL,
                    DIV,
                    MAX,
                    MIN,
                    MOD,
                    EQ,
                    NE,
                    LT,
                    LE,
                    SELECT,
                    CLIP -> false;
        };
    }

    /// `log1p`
    public String text() {
        return text;
    }

    private static Gradient toFirstIf(Rule r, Value first) {
        Value zero = r.g().zerosLike(r.grad(0));
        return r.of(r.g().select(first, r.grad(0), zero), r.g().select(first, zero, r.grad(0)));
    }
}
