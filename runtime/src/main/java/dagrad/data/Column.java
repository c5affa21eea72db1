package dagrad.data;

import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;

/// One input of a model for every example of a data set: a tensor for each, all of one spec. Several threads may gather
/// at once.
public interface Column {
    /// The spec of one example's tensor.
    TensorSpec example();

    /// The number of examples.
    int size();

    /// Copies examples into a batch. Allocates nothing that it can do without, for it runs for each batch.
    ///
    /// @param examples numbers from 0 to [#size] - 1; those at places `from` (inclusive) to `to` (exclusive) are meant
    /// @param into `[to - from]` followed by the shape of [#example]
    void gather(int[] examples, int from, int to, HostTensor into);

    /// The same for training, where a column may vary its examples from epoch to epoch ([#augmented]). What comes of an
    /// example follows from `chance` and the example's number alone, so that a training that goes on sees the very
    /// batches that would have come. By default nothing varies.
    ///
    /// @param chance a number that follows from the seed and the epoch
    default void gather(int[] examples, int from, int to, HostTensor into, long chance) {
        gather(examples, from, to, into);
    }

    /// A tensor whose first axis counts the examples. Its memory is shared.
    ///
    /// @throws IllegalArgumentException if it is a scalar
    static Column of(HostTensor tensor) {
        if (tensor.shape().rank() == 0) {
            throw new IllegalArgumentException("a scalar has no axis that counts examples");
        }
        return new TensorColumn(tensor);
    }

    /// Unsigned bytes times a number, as f32: pixels stay bytes until they are in a batch.
    ///
    /// @param bytes as many for each example as its shape has elements; shared
    /// @throws IllegalArgumentException if the bytes are no whole number of examples
    static Column scaled(byte[] bytes, float scale, int... example) {
        return new ScaledBytes(bytes, scale, Shape.of(example));
    }

    /// The same images, varied for training; as they are where they are gathered without chance.
    ///
    /// @throws IllegalArgumentException if the examples are not f32 images `[c, h, w]`
    default Column augmented(Augmentation how) {
        return new Augmented(this, how);
    }
}
