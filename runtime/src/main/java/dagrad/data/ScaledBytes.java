package dagrad.data;

import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Unsigned bytes that become floats in a batch.
record ScaledBytes(byte[] bytes, float scale, Shape shape) implements Column {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    ScaledBytes {
        if (shape.size() == 0 || bytes.length % shape.size() != 0) {
            throw new IllegalArgumentException(
                    bytes.length + " bytes are no whole number of examples of " + shape.size() + " bytes each");
        }
    }

    @Override
    public TensorSpec example() {
        return new TensorSpec(DType.F32, shape);
    }

    @Override
    public int size() {
        return (int) (bytes.length / shape.size());
    }

    @Override
    public void gather(int[] examples, int from, int to, HostTensor into) {
        int length = (int) shape.size();
        MemorySegment floats = into.data();
        long at = 0;
        for (int i = from; i < to; i++) {
            int begin = examples[i] * length;
            for (int k = begin; k < begin + length; k++, at += Float.BYTES) {
                floats.set(FLOAT, at, (bytes[k] & 0xff) * scale);
            }
        }
    }
}
