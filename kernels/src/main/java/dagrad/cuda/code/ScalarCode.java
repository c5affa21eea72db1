package dagrad.cuda.code;

import dagrad.graph.Constant;
import dagrad.graph.Reduce;
import dagrad.graph.ScalarFn;
import dagrad.tensor.DType;

/// The CUDA text of scalar functions, casts and numbers. Values of bf16 are held as floats that are exactly
/// representable in bf16: each result is rounded, as the graph says. Functions that C lacks or sees otherwise stand in
/// `dagrad.cuh`. Nothing is computed by the fast and inexact functions.
public final class ScalarCode {
    private ScalarCode() {}

    /// The type of an element in memory.
    static String stored(DType type) {
        return type == DType.BF16 ? "bf16" : computed(type);
    }

    /// The type of a value in a register.
    static String computed(DType type) {
        return switch (type) {
            case F32, BF16 -> "float";
            case F64 -> "double";
            case I32 -> "int";
            case I64 -> "long long";
        };
    }

    /// A stored element as a value.
    static String loaded(DType type, String element) {
        return type == DType.BF16 ? "to_float(" + element + ")" : element;
    }

    /// A value as an element to be stored.
    static String toStore(DType type, String value) {
        return type == DType.BF16 ? "to_bf16(" + value + ")" : value;
    }

    // ---- numbers --------------------------------------------------------------------------------------------------

    static String literal(DType type, Constant fill) {
        return type.isFloating()
                ? literal(type, fill.fill())
                : literal(type, fill.values().getLong(0));
    }

    /// A number, rounded to the type.
    static String literal(DType type, double value) {
        double rounded = type.round(value);
        return switch (type) {
            case F32, BF16 -> real(rounded, Float.toString((float) rounded) + "f", "");
            case F64 -> real(rounded, Double.toString(rounded), "(double)");
            case I32, I64 -> literal(type, (long) rounded);
        };
    }

    private static String real(double value, String finite, String cast) {
        if (Double.isFinite(value)) {
            return finite.startsWith("-") ? "(" + finite + ")" : finite;
        }
        int bits = Float.floatToIntBits((float) value);
        return cast + "__int_as_float(" + (bits < 0 ? "(int)" : "") + "0x" + Integer.toHexString(bits) + ")";
    }

    private static String literal(DType type, long value) {
        String suffix = type == DType.I64 ? "LL" : "";
        long least = type == DType.I64 ? Long.MIN_VALUE : Integer.MIN_VALUE;
        if (value == least) {
            // The least integer has no literal in C.
            return "(" + (value + 1) + suffix + " - 1)";
        }
        return value < 0 ? "(" + value + suffix + ")" : value + suffix;
    }

    // ---- casts ----------------------------------------------------------------------------------------------------

    static String cast(DType from, DType to, String value) {
        return switch (to) {
            case F32, F64 -> toReal(from, computed(to), value);
            case BF16 -> from == DType.BF16 ? value : "round_bf16(" + toReal(from, "float", value) + ")";
            case I32 -> from == DType.I32 ? value : "to_i32(" + value + ")";
            case I64 ->
                switch (from) {
                    case I64 -> value;
                    case I32 -> "(long long)" + value;
                    case F32, BF16, F64 -> "to_i64(" + value + ")";
                };
        };
    }

    private static String toReal(DType from, String type, String value) {
        if (computed(from).equals(type)) {
            return value;
        }
        // A long is rounded to a double first, as the reference does.
        boolean twice = from == DType.I64 && type.equals("float");
        return "(" + type + ")" + (twice ? "(double)" : "") + value;
    }

    // ---- functions ------------------------------------------------------------------------------------------------

    /// The value of a function. Operands beyond its arity are ignored; each is a name or a literal.
    static String apply(ScalarFn fn, DType type, String a, String b, String c) {
        return switch (type) {
            case F32 -> onReals(fn, "f", a, b, c);
            case BF16 -> {
                String value = onReals(fn, "f", a, b, c);
                yield staysRounded(fn) ? value : "round_bf16(" + value + ")";
            }
            case F64 -> onReals(fn, "", a, b, c);
            case I32, I64 -> onIntegers(fn, type, a, b, c);
        };
    }

    /// @param f what the names of C's functions on that type end with
    private static String onReals(ScalarFn fn, String f, String a, String b, String c) {
        String zero = f.isEmpty() ? "0.0" : "0.0f";
        String one = f.isEmpty() ? "1.0" : "1.0f";
        return switch (fn) {
            case NEG -> "-" + a;
            case ABS -> call("fabs" + f, a);
            case EXP -> call("exp" + f, a);
            case EXPM1 -> call("expm1" + f, a);
            case LOG -> call("log" + f, a);
            case LOG1P -> call("log1p" + f, a);
            case SQRT -> call("sqrt" + f, a);
            case RSQRT -> call("rsqrt" + f, a);
            case TANH -> call("tanh" + f, a);
            case ERF -> call("erf" + f, a);
            case SIN -> call("sin" + f, a);
            case COS -> call("cos" + f, a);
            case FLOOR -> call("floor" + f, a);
            case ADD -> a + " + " + b;
            case SUB -> a + " - " + b;
            case MUL -> a + " * " + b;
            case DIV -> a + " / " + b;
            case EQ -> a + " == " + b + " ? " + one + " : " + zero;
            case NE -> a + " != " + b + " ? " + one + " : " + zero;
            case LT -> a + " < " + b + " ? " + one + " : " + zero;
            case LE -> a + " <= " + b + " ? " + one + " : " + zero;
            case SELECT -> a + " != " + zero + " ? " + b + " : " + c;
            case SIGN, SIGMOID, RELU, STOP_GRADIENT, POW, MAX, MIN, MOD, CLIP -> onAny(fn, a, b, c);
        };
    }

    private static String onIntegers(ScalarFn fn, DType type, String a, String b, String c) {
        String zero = literal(type, 0);
        return switch (fn) {
            case NEG -> call("wrap_sub", zero, a);
            case ABS -> a + " < " + zero + " ? wrap_sub(" + zero + ", " + a + ") : " + a;
            case ADD -> call("wrap_add", a, b);
            case SUB -> call("wrap_sub", a, b);
            case MUL -> call("wrap_mul", a, b);
            case EQ -> "(" + computed(type) + ")(" + a + " == " + b + ")";
            case NE -> "(" + computed(type) + ")(" + a + " != " + b + ")";
            case LT -> "(" + computed(type) + ")(" + a + " < " + b + ")";
            case LE -> "(" + computed(type) + ")(" + a + " <= " + b + ")";
            case SELECT -> a + " != " + zero + " ? " + b + " : " + c;
            case SIGN, RELU, STOP_GRADIENT, MAX, MIN, MOD, CLIP -> onAny(fn, a, b, c);
            case EXP, EXPM1, LOG, LOG1P, SQRT, RSQRT, TANH, SIGMOID, ERF, SIN, COS, FLOOR, DIV, POW ->
                throw new IllegalArgumentException(fn.text() + " is not defined on integers");
        };
    }

    /// What is written alike for all types.
    private static String onAny(ScalarFn fn, String a, String b, String c) {
        return switch (fn) {
            case SIGN -> call("sign_of", a);
            case SIGMOID -> call("sigmoid_of", a);
            case RELU -> call("relu_of", a);
            case STOP_GRADIENT -> a;
            case POW -> call("power_of", a, b);
            case MAX -> call("max_of", a, b);
            case MIN -> call("min_of", a, b);
            case MOD -> call("mod_of", a, b);
            case CLIP -> call("min_of", call("max_of", a, b), c);
            case NEG, ABS, EXP, EXPM1, LOG, LOG1P, SQRT, RSQRT, TANH, ERF, SIN, COS, FLOOR, ADD, SUB, MUL, DIV ->
                throw new IllegalArgumentException(fn + " differs by type");
            case EQ, NE, LT, LE, SELECT -> throw new IllegalArgumentException(fn + " differs by type");
        };
    }

    private static String call(String function, String... operands) {
        return function + "(" + String.join(", ", operands) + ")";
    }

    /// Whether the result is a bf16 number without being rounded, if the operands are.
    private static boolean staysRounded(ScalarFn fn) {
        return switch (fn) {
            case NEG, ABS, SIGN, FLOOR, RELU, STOP_GRADIENT, MAX, MIN, EQ, NE, LT, LE, SELECT, CLIP -> true;
            case EXP, EXPM1, LOG, LOG1P, SQRT, RSQRT, TANH, SIGMOID, ERF, SIN, COS, ADD, SUB, MUL, DIV, POW, MOD ->
                false;
        };
    }

    // ---- reductions -----------------------------------------------------------------------------------------------

    /// The type in which elements of a type are summed.
    static DType accumulator(DType type) {
        return type == DType.BF16 ? DType.F32 : type;
    }

    /// What the result of nothing is.
    static String identity(Reduce.Kind kind, DType type) {
        return switch (kind) {
            case SUM -> literal(type, 0.0);
            case MAX -> type.isFloating() ? literal(type, Double.NEGATIVE_INFINITY) : literal(type, least(type));
            case MIN -> type.isFloating() ? literal(type, Double.POSITIVE_INFINITY) : literal(type, ~least(type));
        };
    }

    private static long least(DType type) {
        return type == DType.I32 ? Integer.MIN_VALUE : Long.MIN_VALUE;
    }

    static String combine(Reduce.Kind kind, DType type, String a, String b) {
        return apply(
                switch (kind) {
                    case SUM -> ScalarFn.ADD;
                    case MAX -> ScalarFn.MAX;
                    case MIN -> ScalarFn.MIN;
                },
                accumulator(type),
                a,
                b,
                b);
    }
}
