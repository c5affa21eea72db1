package dagrad.tensor;

/// Element type and shape: all that is known of a tensor before it is computed.
public record TensorSpec(DType dtype, Shape shape) {
    public static TensorSpec f32(int... dims) {
        return new TensorSpec(DType.F32, Shape.of(dims));
    }

    public static TensorSpec f64(int... dims) {
        return new TensorSpec(DType.F64, Shape.of(dims));
    }

    public static TensorSpec i32(int... dims) {
        return new TensorSpec(DType.I32, Shape.of(dims));
    }

    /// Size in bytes, dense.
    public long bytes() {
        return shape.size() * dtype.bytes();
    }

    public TensorSpec withShape(Shape newShape) {
        return new TensorSpec(dtype, newShape);
    }

    public TensorSpec withDtype(DType newDtype) {
        return new TensorSpec(newDtype, shape);
    }

    /// `f32[2,3]`
    @Override
    public String toString() {
        return dtype.text() + shape;
    }
}
