package dagrad.models.data;

import dagrad.data.Chance;
import dagrad.data.Column;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// For each example one of the captions that its subject has, i32 `[length]`: in training another one in each epoch,
/// otherwise always the same, so that an evaluation's figures can be compared.
///
/// @param captions for each subject, for each of its captions, the words' numbers
/// @param subjects of the examples
record CaptionChoice(int[][][] captions, int[] subjects, int length) implements Column {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// Different from what other draws about an example are for.
    private static final int PURPOSE = 1;

    @Override
    public TensorSpec example() {
        return TensorSpec.i32(length);
    }

    @Override
    public int size() {
        return subjects.length;
    }

    @Override
    public void gather(int[] examples, int from, int to, HostTensor into) {
        for (int i = from; i < to; i++) {
            int[][] choices = captions[subjects[examples[i]]];
            put(choices[examples[i] % choices.length], into, i - from);
        }
    }

    @Override
    public void gather(int[] examples, int from, int to, HostTensor into, long chance) {
        for (int i = from; i < to; i++) {
            int[][] choices = captions[subjects[examples[i]]];
            long bits = Chance.bits(chance, examples[i], PURPOSE);
            put(choices[(int) Long.remainderUnsigned(bits, choices.length)], into, i - from);
        }
    }

    private void put(int[] caption, HostTensor into, int row) {
        MemorySegment.copy(caption, 0, into.data(), INT, (long) row * length * Integer.BYTES, length);
    }
}
