package dagrad.data;

import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;

/// The rows of a tensor.
record TensorColumn(HostTensor tensor) implements Column {
    @Override
    public TensorSpec example() {
        Shape shape = tensor.shape();
        return tensor.spec().withShape(shape.sub(1, shape.rank()));
    }

    @Override
    public int size() {
        return tensor.shape().dim(0);
    }

    @Override
    public void gather(int[] examples, int from, int to, HostTensor into) {
        long bytes = into.data().byteSize() / (to - from);
        for (int i = from; i < to; i++) {
            MemorySegment.copy(tensor.data(), examples[i] * bytes, into.data(), (i - from) * bytes, bytes);
        }
    }
}
