package dagrad.data;

import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Images `[c, h, w]` that are mirrored and moved.
record Augmented(Column images, Augmentation how) implements Column {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    Augmented {
        TensorSpec image = images.example();
        if (image.dtype() != DType.F32 || image.shape().rank() != 3) {
            throw new IllegalArgumentException("images are f32[c,h,w] each; these are " + image);
        }
    }

    @Override
    public TensorSpec example() {
        return images.example();
    }

    @Override
    public int size() {
        return images.size();
    }

    @Override
    public void gather(int[] examples, int from, int to, HostTensor into) {
        images.gather(examples, from, to, into);
    }

    @Override
    public void gather(int[] examples, int from, int to, HostTensor into, long chance) {
        images.gather(examples, from, to, into, chance);
        Shape shape = example().shape();
        float[] image = new float[(int) shape.size()]; // of its own for each batch, as several threads may gather
        long bytes = (long) Float.BYTES * image.length;
        for (int i = from; i < to; i++) {
            MemorySegment place = into.data().asSlice((i - from) * bytes, bytes);
            MemorySegment.copy(place, FLOAT, 0, image, 0, image.length);
            place.fill((byte) 0);
            vary(image, shape, place, examples[i], chance);
        }
    }

    /// Row y, column x of the result is row y - down of the image, column x - across, counted from the right if it is
    /// mirrored.
    private void vary(float[] image, Shape shape, MemorySegment into, int example, long chance) {
        int height = shape.dim(1);
        int width = shape.dim(2);
        int across = how.movesAcross(chance, example);
        int down = how.movesDown(chance, example);
        boolean flips = how.flips(chance, example);
        for (int row = 0; row < shape.dim(0) * height; row++) {
            int y = row % height + down;
            if (y >= 0 && y < height) {
                int target = (row + down) * width;
                for (int x = Math.max(0, across); x < Math.min(width, width + across); x++) {
                    int source = flips ? width - 1 - (x - across) : x - across;
                    into.setAtIndex(FLOAT, target + x, image[row * width + source]);
                }
            }
        }
    }
}
