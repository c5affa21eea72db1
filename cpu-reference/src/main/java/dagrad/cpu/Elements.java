package dagrad.cpu;

import dagrad.plan.Operand;
import dagrad.tensor.DType;

/// An operand's elements in row-major order, read and written through wide types: the slow path for element types
/// that have no code of their own. Floats go through doubles, integers through longs.
///
/// @param array of primitives, as [Memory] gives it
/// @param start where element 0 lies in it
record Elements(Object array, int start, DType dtype) {
    static Elements of(Operand operand, Memory memory) {
        return new Elements(memory.array(operand.slot()), memory.start(operand), operand.dtype());
    }

    boolean isFloating() {
        return dtype.isFloating();
    }

    double real(int i) {
        return switch (dtype) {
            case F64 -> ((double[]) array)[start + i];
            case F32 -> ((float[]) array)[start + i];
            case BF16 -> DType.bf16ToFloat(((short[]) array)[start + i]);
            case I64, I32 -> integer(i);
        };
    }

    /// Stores the value rounded to the type.
    void set(int i, double value) {
        switch (dtype) {
            case F64 -> ((double[]) array)[start + i] = value;
            case F32 -> ((float[]) array)[start + i] = (float) value;
            case BF16 -> ((short[]) array)[start + i] = DType.floatToBf16((float) value);
            case I64, I32 -> set(i, (long) value);
        }
    }

    long integer(int i) {
        return switch (dtype) {
            case I64 -> ((long[]) array)[start + i];
            case I32 -> ((int[]) array)[start + i];
            case F64, F32, BF16 -> (long) real(i);
        };
    }

    /// Stores the value; what does not fit an i32 wraps around.
    void set(int i, long value) {
        switch (dtype) {
            case I64 -> ((long[]) array)[start + i] = value;
            case I32 -> ((int[]) array)[start + i] = (int) value;
            case F64, F32, BF16 -> set(i, (double) value);
        }
    }
}
