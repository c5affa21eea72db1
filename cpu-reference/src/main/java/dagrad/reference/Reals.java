package dagrad.reference;

import dagrad.graph.Reduce;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.Arrays;
import java.util.List;

/// A floating tensor, in doubles.
final class Reals implements Numbers {
    private final TensorSpec spec;
    private final double[] values;

    Reals(TensorSpec spec, double[] values) {
        if (values.length != spec.shape().size() || !spec.dtype().isFloating()) {
            throw new IllegalArgumentException(values.length + " reals for " + spec);
        }
        this.spec = spec;
        this.values = values;
    }

    @Override
    public TensorSpec spec() {
        return spec;
    }

    double get(int i) {
        return values[i];
    }

    @Override
    public Reals pick(Shape shape, int[] places, double fill) {
        double[] result = new double[places.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = places[i] < 0 ? fill : values[places[i]];
        }
        return new Reals(spec.withShape(shape), result);
    }

    @Override
    public Reals gatherInto(Reduce.Kind kind, Shape shape, int[] places) {
        double[] result = new double[Math.toIntExact(shape.size())];
        Arrays.fill(
                result,
                switch (kind) {
                    case SUM -> 0;
                    case MAX -> Double.NEGATIVE_INFINITY;
                    case MIN -> Double.POSITIVE_INFINITY;
                });
        for (int i = 0; i < places.length; i++) {
            double before = result[places[i]];
            result[places[i]] = switch (kind) {
                case SUM -> before + values[i];
                case MAX -> Math.max(before, values[i]);
                case MIN -> Math.min(before, values[i]);
            };
        }
        return new Reals(spec.withShape(shape), result);
    }

    @Override
    public Reals followedBy(List<Numbers> others) {
        int size = values.length + others.stream().mapToInt(Numbers::size).sum();
        double[] result = Arrays.copyOf(values, size);
        int at = values.length;
        for (Numbers other : others) {
            double[] more = ((Reals) other).values;
            System.arraycopy(more, 0, result, at, more.length);
            at += more.length;
        }
        return new Reals(spec.withShape(Shape.of(size)), result);
    }

    @Override
    public Numbers cast(DType to) {
        if (to.isFloating()) {
            return new Reals(spec.withDtype(to), values);
        }
        // Java's own narrowing: towards zero, saturated at the type's ends, 0 for NaN.
        long[] result = Arrays.stream(values)
                .mapToLong(v -> to == DType.I32 ? (int) v : (long) v)
                .toArray();
        return new Integers(spec.withDtype(to), result);
    }

    @Override
    public Reals rounded() {
        return new Reals(spec, Arrays.stream(values).map(spec.dtype()::round).toArray());
    }

    @Override
    public boolean larger(int i, int j) {
        return Double.isNaN(values[i]) ? !Double.isNaN(values[j]) : values[i] > values[j];
    }

    @Override
    public HostTensor toHost(boolean floatsAsF64) {
        HostTensor result = HostTensor.zeros(floatsAsF64 ? spec.withDtype(DType.F64) : spec);
        for (int i = 0; i < values.length; i++) {
            result.set(i, values[i]);
        }
        return result;
    }
}
