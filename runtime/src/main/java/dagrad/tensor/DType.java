package dagrad.tensor;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// The type of a tensor's elements. Floating types carry gradients; integers hold indices, counters and class
/// numbers.
public enum DType {
    F64(8, true),
    F32(4, true),
    BF16(2, true),
    I64(8, false),
    I32(4, false);

    private final int bytes;
    private final boolean floating;

    DType(int bytes, boolean floating) {
        this.bytes = bytes;
        this.floating = floating;
    }

    /// Size of one element in bytes.
    public int bytes() {
        return bytes;
    }

    public boolean isFloating() {
        return floating;
    }

    /// The type that functions of this type are computed in and its sums added up in: f32 for bf16, which is for
    /// storing; otherwise itself.
    public DType wide() {
        return this == BF16 ? F32 : this;
    }

    /// The value as this type stores it: rounded to nearest even for the floats, truncated towards zero and saturated
    /// for the integers (NaN becomes 0), as Java's own casts do.
    public double round(double value) {
        return switch (this) {
            case F64 -> value;
            case F32 -> (float) value;
            case BF16 -> bf16ToFloat(floatToBf16((float) value));
            case I64 -> (long) value;
            case I32 -> (int) value;
        };
    }

    /// The upper half of the float's bits, rounded to nearest even; NaN stays NaN.
    public static short floatToBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) ((bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16);
    }

    public static float bf16ToFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /// The type's name as texts, graph JSON and error messages write it: `f32`.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// @return the type with that [#text], or empty
    public static Optional<DType> byText(String text) {
        return Arrays.stream(values()).filter(t -> t.text().equals(text)).findFirst();
    }

    /// All names, for error messages.
    public static String all() {
        return Arrays.stream(values()).map(DType::text).collect(Collectors.joining(", "));
    }
}
