package dagrad.graph;

import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;

/// The builder's elementwise vocabulary. Operands of two-place functions are broadcast to each other as in NumPy:
/// shapes
/// are aligned at their last axes, and an extent of 1 stretches. Types are never mixed: cast one operand.
public interface Elementwise extends Shaping {
    /// A fill.
    Value constant(TensorSpec spec, double value);

    private Value unary(ScalarFn fn, Value a) {
        return apply(new Pointwise(fn), a);
    }

    private Value binary(ScalarFn fn, Value a, Value b) {
        Shape shape = broadcastShape(fn, spec(a), spec(b));
        return apply(new Pointwise(fn), broadcast(a, shape), broadcast(b, shape));
    }

    private Value ternary(ScalarFn fn, Value a, Value b, Value c) {
        Shape shape = broadcastShape(fn, spec(a), spec(b).withShape(broadcastShape(fn, spec(b), spec(c))));
        return apply(new Pointwise(fn), broadcast(a, shape), broadcast(b, shape), broadcast(c, shape));
    }

    private Shape broadcastShape(ScalarFn fn, TensorSpec a, TensorSpec b) {
        int rank = Math.max(a.shape().rank(), b.shape().rank());
        int[] dims = new int[rank];
        for (int i = 1; i <= rank; i++) {
            int da = i <= a.shape().rank() ? a.shape().dim(-i) : 1;
            int db = i <= b.shape().rank() ? b.shape().dim(-i) : 1;
            if (da != db && da != 1 && db != 1) {
                throw new GraphException(
                        fn.text() + ": shapes do not broadcast: " + a + " and " + b + "; at " + Origin.here(""));
            }
            dims[rank - i] = da == 1 ? db : da;
        }
        return Shape.of(dims);
    }

    /// A fill with the value's type and shape.
    default Value like(Value x, double value) {
        return constant(spec(x), value);
    }

    default Value zerosLike(Value x) {
        return like(x, 0);
    }

    default Value onesLike(Value x) {
        return like(x, 1);
    }

    default Value cast(Value x, DType dtype) {
        return spec(x).dtype() == dtype ? x : apply(new Cast(dtype), x);
    }

    /// The value in the type that functions of its type are computed in: bf16 as f32, all others as they are.
    default Value widened(Value x) {
        return cast(x, spec(x).dtype().wide());
    }

    // ---- arithmetic -----------------------------------------------------------------------------------------------

    default Value add(Value a, Value b) {
        return binary(ScalarFn.ADD, a, b);
    }

    default Value add(Value a, double b) {
        return add(a, like(a, b));
    }

    default Value sub(Value a, Value b) {
        return binary(ScalarFn.SUB, a, b);
    }

    default Value sub(Value a, double b) {
        return sub(a, like(a, b));
    }

    /// 1 - a
    default Value oneMinus(Value a) {
        return sub(like(a, 1), a);
    }

    default Value mul(Value a, Value b) {
        return binary(ScalarFn.MUL, a, b);
    }

    default Value mul(Value a, double b) {
        return mul(a, like(a, b));
    }

    default Value div(Value a, Value b) {
        return binary(ScalarFn.DIV, a, b);
    }

    default Value div(Value a, double b) {
        return div(a, like(a, b));
    }

    default Value reciprocal(Value a) {
        return div(like(a, 1), a);
    }

    /// a - b floor(a/b)
    default Value mod(Value a, Value b) {
        return binary(ScalarFn.MOD, a, b);
    }

    default Value pow(Value a, Value b) {
        return binary(ScalarFn.POW, a, b);
    }

    default Value pow(Value a, double b) {
        return pow(a, like(a, b));
    }

    default Value square(Value a) {
        return mul(a, a);
    }

    default Value neg(Value a) {
        return unary(ScalarFn.NEG, a);
    }

    default Value abs(Value a) {
        return unary(ScalarFn.ABS, a);
    }

    /// -1, 0 or 1
    default Value sign(Value a) {
        return unary(ScalarFn.SIGN, a);
    }

    default Value floor(Value a) {
        return unary(ScalarFn.FLOOR, a);
    }

    default Value ceil(Value a) {
        return neg(floor(neg(a)));
    }

    // ---- exponentials and circles ---------------------------------------------------------------------------------

    default Value exp(Value a) {
        return unary(ScalarFn.EXP, a);
    }

    /// e^a - 1, accurate near 0
    default Value expm1(Value a) {
        return unary(ScalarFn.EXPM1, a);
    }

    default Value log(Value a) {
        return unary(ScalarFn.LOG, a);
    }

    /// log(1 + a), accurate near 0
    default Value log1p(Value a) {
        return unary(ScalarFn.LOG1P, a);
    }

    default Value sqrt(Value a) {
        return unary(ScalarFn.SQRT, a);
    }

    /// 1/sqrt(a)
    default Value rsqrt(Value a) {
        return unary(ScalarFn.RSQRT, a);
    }

    default Value sin(Value a) {
        return unary(ScalarFn.SIN, a);
    }

    default Value cos(Value a) {
        return unary(ScalarFn.COS, a);
    }

    default Value erf(Value a) {
        return unary(ScalarFn.ERF, a);
    }

    // ---- choice ---------------------------------------------------------------------------------------------------

    default Value max(Value a, Value b) {
        return binary(ScalarFn.MAX, a, b);
    }

    default Value max(Value a, double b) {
        return max(a, like(a, b));
    }

    default Value min(Value a, Value b) {
        return binary(ScalarFn.MIN, a, b);
    }

    default Value min(Value a, double b) {
        return min(a, like(a, b));
    }

    /// min(max(a, low), high); the gradient passes for low <= a <= high.
    default Value clip(Value a, double low, double high) {
        return apply(new Pointwise(ScalarFn.CLIP), a, like(a, low), like(a, high));
    }

    default Value eq(Value a, Value b) {
        return binary(ScalarFn.EQ, a, b);
    }

    default Value eq(Value a, double b) {
        return eq(a, like(a, b));
    }

    default Value ne(Value a, Value b) {
        return binary(ScalarFn.NE, a, b);
    }

    default Value ne(Value a, double b) {
        return ne(a, like(a, b));
    }

    default Value lt(Value a, Value b) {
        return binary(ScalarFn.LT, a, b);
    }

    default Value lt(Value a, double b) {
        return lt(a, like(a, b));
    }

    default Value le(Value a, Value b) {
        return binary(ScalarFn.LE, a, b);
    }

    default Value gt(Value a, Value b) {
        return lt(b, a);
    }

    default Value gt(Value a, double b) {
        return gt(a, like(a, b));
    }

    default Value ge(Value a, Value b) {
        return le(b, a);
    }

    /// condition ? yes : no; the condition is true where it is not 0.
    default Value select(Value condition, Value yes, Value no) {
        return ternary(ScalarFn.SELECT, condition, yes, no);
    }

    /// The value itself, through which no gradient flows.
    default Value stopGradient(Value a) {
        return unary(ScalarFn.STOP_GRADIENT, a);
    }

    // ---- activations ----------------------------------------------------------------------------------------------

    default Value tanh(Value a) {
        return unary(ScalarFn.TANH, a);
    }

    /// 1/(1 + e^-a)
    default Value sigmoid(Value a) {
        return unary(ScalarFn.SIGMOID, a);
    }

    /// max(a, 0), with derivative 0 at 0.
    default Value relu(Value a) {
        return unary(ScalarFn.RELU, a);
    }

    /// a for a > 0, slope times a elsewhere.
    default Value leakyRelu(Value a, double slope) {
        return select(gt(a, 0), a, mul(a, slope));
    }

    /// a for a > 0, alpha (e^a - 1) elsewhere.
    default Value elu(Value a, double alpha) {
        return select(gt(a, 0), a, mul(expm1(min(a, 0)), alpha));
    }

    /// a Φ(a) with the normal distribution function Φ (Hendrycks & Gimpel 2016).
    default Value gelu(Value a) {
        return mul(mul(a, 0.5), add(erf(mul(a, Math.sqrt(0.5))), 1));
    }

    /// The tanh approximation of [#gelu]: a/2 (1 + tanh(sqrt(2/π) (a + 0.044715 a³))).
    default Value geluTanh(Value a) {
        Value inner = mul(a, add(mul(square(a), 0.044715 * Math.sqrt(2 / Math.PI)), Math.sqrt(2 / Math.PI)));
        return mul(mul(a, 0.5), add(tanh(inner), 1));
    }

    /// a sigmoid(a)
    default Value silu(Value a) {
        return mul(a, sigmoid(a));
    }

    /// log(1 + e^a), computed as a/2 + |a|/2 + log(1 + e^-|a|), so that nothing overflows. Written with |a|, whose
    /// derivative at 0 is taken as 0, and not with relu, the derivative is right at 0 too: 1/2.
    default Value softplus(Value a) {
        Value size = abs(a);
        return add(add(mul(a, 0.5), mul(size, 0.5)), log1p(exp(neg(size))));
    }
}
