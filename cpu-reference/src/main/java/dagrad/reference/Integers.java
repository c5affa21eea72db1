package dagrad.reference;

import dagrad.graph.Reduce;
import dagrad.graph.ScalarFn;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.Arrays;
import java.util.List;

/// An integer tensor, in longs. What does not fit the spec's type wraps around.
final class Integers implements Numbers {
    private final TensorSpec spec;
    private final long[] values;

    Integers(TensorSpec spec, long[] values) {
        if (values.length != spec.shape().size() || spec.dtype().isFloating()) {
            throw new IllegalArgumentException(values.length + " integers for " + spec);
        }
        this.spec = spec;
        this.values = values;
    }

    @Override
    public TensorSpec spec() {
        return spec;
    }

    long get(int i) {
        return values[i];
    }

    @Override
    public Integers pick(Shape shape, int[] places, double fill) {
        long[] result = new long[places.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = places[i] < 0 ? (long) spec.dtype().round(fill) : values[places[i]];
        }
        return new Integers(spec.withShape(shape), result);
    }

    @Override
    public Integers gatherInto(Reduce.Kind kind, Shape shape, int[] places) {
        long[] result = new long[Math.toIntExact(shape.size())];
        Arrays.fill(
                result,
                switch (kind) {
                    case SUM -> 0;
                    case MAX -> Long.MIN_VALUE;
                    case MIN -> Long.MAX_VALUE;
                });
        for (int i = 0; i < places.length; i++) {
            long before = result[places[i]];
            result[places[i]] = switch (kind) {
                case SUM -> wrap(before + values[i]);
                case MAX -> Math.max(before, values[i]);
                case MIN -> Math.min(before, values[i]);
            };
        }
        return new Integers(spec.withShape(shape), result);
    }

    @Override
    public Integers followedBy(List<Numbers> others) {
        int size = values.length + others.stream().mapToInt(Numbers::size).sum();
        long[] result = Arrays.copyOf(values, size);
        int at = values.length;
        for (Numbers other : others) {
            long[] more = ((Integers) other).values;
            System.arraycopy(more, 0, result, at, more.length);
            at += more.length;
        }
        return new Integers(spec.withShape(Shape.of(size)), result);
    }

    @Override
    public Numbers cast(DType to) {
        return switch (to) {
            case F64, F32, BF16 ->
                new Reals(
                        spec.withDtype(to),
                        Arrays.stream(values).asDoubleStream().toArray());
            case I64 -> new Integers(spec.withDtype(to), values);
            case I32 ->
                new Integers(
                        spec.withDtype(to),
                        Arrays.stream(values)
                                .map(v -> Math.clamp(v, Integer.MIN_VALUE, Integer.MAX_VALUE))
                                .toArray());
        };
    }

    @Override
    public Integers rounded() {
        return this;
    }

    @Override
    public boolean larger(int i, int j) {
        return values[i] > values[j];
    }

    @Override
    public HostTensor toHost(boolean floatsAsF64) {
        if (spec.dtype() == DType.I32) {
            return HostTensor.of(
                    Arrays.stream(values).mapToInt(Math::toIntExact).toArray(), shape().toArray());
        }
        return HostTensor.of(values, shape().toArray());
    }

    /// A scalar function element by element, exactly.
    ///
    /// @throws IllegalArgumentException if it is not defined on integers
    static Integers pointwise(ScalarFn fn, List<Integers> in) {
        Integers first = in.getFirst();
        long[] result = new long[first.values.length];
        for (int i = 0; i < result.length; i++) {
            long a = first.values[i];
            long b = in.size() > 1 ? in.get(1).values[i] : 0;
            long c = in.size() > 2 ? in.get(2).values[i] : 0;
            result[i] = first.wrap(apply(fn, a, b, c));
        }
        return new Integers(first.spec, result);
    }

    private long wrap(long value) {
        return spec.dtype() == DType.I32 ? (int) value : value;
    }

    private static long apply(ScalarFn fn, long a, long b, long c) {
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
            case EXP, EXPM1, LOG, LOG1P, SQRT, RSQRT, TANH, SIGMOID, ERF, SIN, COS, FLOOR, DIV, POW -> {
                throw new IllegalArgumentException(fn.text() + " is not defined on integers");
            }
        };
    }
}
