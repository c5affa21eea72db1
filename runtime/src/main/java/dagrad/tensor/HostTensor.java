package dagrad.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/// A dense row-major tensor in host memory: a spec and the bytes, little-endian. A mutable view: whoever gives the
/// memory
/// decides how long it lives (heap memory: as long as anyone looks).
public final class HostTensor {
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final TensorSpec spec;
    private final MemorySegment data;

    /// @throws IllegalArgumentException if the memory does not have the spec's size
    public HostTensor(TensorSpec spec, MemorySegment data) {
        if (data.byteSize() != spec.bytes()) {
            throw new IllegalArgumentException(
                    spec + " takes " + spec.bytes() + " bytes, the memory given has " + data.byteSize());
        }
        this.spec = spec;
        this.data = data;
    }

    public static HostTensor zeros(TensorSpec spec) {
        int words = Math.toIntExact((spec.bytes() + 7) / 8);
        return new HostTensor(spec, MemorySegment.ofArray(new long[words]).asSlice(0, spec.bytes()));
    }

    /// A tensor of that spec whose elements are the values, rounded to its type; one value fills the tensor.
    ///
    /// @throws IllegalArgumentException if there is neither one value nor one for each element
    public static HostTensor of(TensorSpec spec, double... values) {
        if (values.length != 1 && values.length != spec.shape().size()) {
            throw new IllegalArgumentException(values.length + " values for " + spec);
        }
        HostTensor result = zeros(spec);
        for (long i = 0; i < spec.shape().size(); i++) {
            result.set(i, values[values.length == 1 ? 0 : (int) i]);
        }
        return result;
    }

    /// f32, sharing the array.
    public static HostTensor of(float[] values, int... dims) {
        return new HostTensor(TensorSpec.f32(dims), MemorySegment.ofArray(values));
    }

    /// f64, sharing the array.
    public static HostTensor of(double[] values, int... dims) {
        return new HostTensor(TensorSpec.f64(dims), MemorySegment.ofArray(values));
    }

    /// i32, sharing the array.
    public static HostTensor of(int[] values, int... dims) {
        return new HostTensor(TensorSpec.i32(dims), MemorySegment.ofArray(values));
    }

    /// i64, sharing the array.
    public static HostTensor of(long[] values, int... dims) {
        return new HostTensor(new TensorSpec(DType.I64, Shape.of(dims)), MemorySegment.ofArray(values));
    }

    public TensorSpec spec() {
        return spec;
    }

    public Shape shape() {
        return spec.shape();
    }

    /// Number of elements.
    public long size() {
        return spec.shape().size();
    }

    /// The bytes, little-endian, row-major.
    public MemorySegment data() {
        return data;
    }

    /// Element `i` in row-major order; i64 beyond 2^53 loses digits here ([#getLong] does not).
    public double get(long i) {
        return switch (spec.dtype()) {
            case F64 -> data.get(DOUBLE, i * 8);
            case F32 -> data.get(FLOAT, i * 4);
            case BF16 -> DType.bf16ToFloat(data.get(SHORT, i * 2));
            case I64 -> data.get(LONG, i * 8);
            case I32 -> data.get(INT, i * 4);
        };
    }

    /// Stores the value rounded to the tensor's type ([DType#round]).
    public void set(long i, double value) {
        switch (spec.dtype()) {
            case F64 -> data.set(DOUBLE, i * 8, value);
            case F32 -> data.set(FLOAT, i * 4, (float) value);
            case BF16 -> data.set(SHORT, i * 2, DType.floatToBf16((float) value));
            case I64 -> data.set(LONG, i * 8, (long) value);
            case I32 -> data.set(INT, i * 4, (int) value);
        }
    }

    /// Element `i` of an integer tensor.
    public long getLong(long i) {
        return switch (spec.dtype()) {
            case I64 -> data.get(LONG, i * 8);
            case I32 -> data.get(INT, i * 4);
            case F64, F32, BF16 -> (long) get(i);
        };
    }

    /// The only element of a one-element tensor.
    ///
    /// @throws IllegalStateException if there is not exactly one
    public double scalar() {
        if (size() != 1) {
            throw new IllegalStateException(spec + " is no scalar");
        }
        return get(0);
    }

    /// A copy of the elements.
    public float[] floats() {
        float[] result = new float[Math.toIntExact(size())];
        if (spec.dtype() == DType.F32) {
            MemorySegment.copy(data, FLOAT, 0, result, 0, result.length);
        } else {
            for (int i = 0; i < result.length; i++) {
                result[i] = (float) get(i);
            }
        }
        return result;
    }

    /// A copy of the elements.
    public double[] doubles() {
        double[] result = new double[Math.toIntExact(size())];
        Arrays.setAll(result, this::get);
        return result;
    }

    /// A copy of the elements.
    public int[] ints() {
        int[] result = new int[Math.toIntExact(size())];
        Arrays.setAll(result, i -> (int) getLong(i));
        return result;
    }

    /// A copy in another element type.
    public HostTensor cast(DType dtype) {
        HostTensor result = zeros(spec.withDtype(dtype));
        if (dtype == spec.dtype()) {
            result.data.copyFrom(data);
            return result;
        }
        for (long i = 0; i < size(); i++) {
            result.set(i, get(i));
        }
        return result;
    }

    /// The same memory under another shape.
    ///
    /// @throws IllegalArgumentException if the number of elements differs
    public HostTensor reshape(int... dims) {
        return new HostTensor(spec.withShape(Shape.of(dims)), data);
    }

    public HostTensor copy() {
        return cast(spec.dtype());
    }

    /// `f32[2,3] 1.0, 2.0, …`: the spec and at most eight elements.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(spec.toString());
        for (long i = 0; i < Math.min(8, size()); i++) {
            text.append(i == 0 ? " " : ", ").append(spec.dtype().isFloating() ? get(i) : (Object) getLong(i));
        }
        return size() > 8 ? text.append(", …").toString() : text.toString();
    }
}
