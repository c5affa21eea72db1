package dagrad.cpu;

import dagrad.backend.DeviceException;
import dagrad.graph.ScalarFn;

/// The scalar functions on integers. What does not fit i32 wraps around; modulo 0 is 0.
final class IntegerFn {
    private IntegerFn() {}

    static long apply(ScalarFn fn, long a, long b, long c) {
        return switch (fn) {
            case NEG -> -a;
            case ABS -> Math.abs(a);
            case SIGN -> Long.signum(a);
            case RELU -> Math.max(a, 0);
            case STOP_GRADIENT -> a;
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case MAX -> Math.max(a, b);
            case MIN -> Math.min(a, b);
            case MOD -> b == 0 ? 0 : Math.floorMod(a, b);
            case EQ -> a == b ? 1 : 0;
            case NE -> a != b ? 1 : 0;
            case LT -> a < b ? 1 : 0;
            case LE -> a <= b ? 1 : 0;
            case SELECT -> a != 0 ? b : c;
            case CLIP -> Math.min(Math.max(a, b), c);
            case EXP, EXPM1, LOG, LOG1P, SQRT, RSQRT, TANH, SIGMOID, ERF, SIN, COS, FLOOR, DIV, POW ->
                throw new DeviceException(fn.text() + " is not defined on integers");
        };
    }
}
