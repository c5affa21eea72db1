package dagrad.models.jobs;

import dagrad.data.Examples;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.Map;
import java.util.SplittableRandom;

/// Images of ten classes, each with bright rows of its own in noise.
final class BrightRows {
    /// Whether a row is bright in the images of a class.
    @FunctionalInterface
    private interface Pattern {
        boolean isBright(int row, int label);
    }

    private BrightRows() {}

    /// Two rows are bright; images `[1, 28, 28]`.
    static Examples pairs(int n, long seed) {
        return examples(n, seed, (row, label) -> row / 2 == label + 2, 1, 28, 28);
    }

    /// The same as rows of 784 pixels.
    static Examples flatPairs(int n, long seed) {
        return examples(n, seed, (row, label) -> row / 2 == label + 2, FashionJob.PIXELS);
    }

    /// One row is bright; rows of 784 pixels.
    static Examples single(int n, long seed) {
        return examples(n, seed, (row, label) -> row == 2 * label, FashionJob.PIXELS);
    }

    private static Examples examples(int n, long seed, Pattern pattern, int... image) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] images = new float[n * FashionJob.PIXELS];
        int[] labels = new int[n];
        for (int i = 0; i < n; i++) {
            labels[i] = random.nextInt(10);
            for (int p = 0; p < FashionJob.PIXELS; p++) {
                boolean isBright = pattern.isBright(p / 28, labels[i]);
                images[i * FashionJob.PIXELS + p] = (isBright ? 0.8f : 0) + random.nextFloat() / 5;
            }
        }
        HostTensor pixels = HostTensor.of(images, images.length);
        TensorSpec spec = TensorSpec.f32(n).withShape(Shape.of(n).concat(Shape.of(image)));
        return Examples.ofTensors(Map.of("x", new HostTensor(spec, pixels.data()), "y", HostTensor.of(labels, n)));
    }
}
