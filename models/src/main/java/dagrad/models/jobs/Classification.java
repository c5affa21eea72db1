package dagrad.models.jobs;

import dagrad.models.show.ConfusionMatrix;
import dagrad.models.show.ImageGrid;
import dagrad.models.show.TensorImages;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What a classifier made of a data set: how often it took what for what, and its worst mistakes.
final class Classification {
    /// @param image f32[1, 1, h, w]
    private record Mistake(HostTensor image, int truth, int prediction, double probability) {}

    private final ConfusionMatrix matrix;
    private final Shape image;
    private final List<Mistake> mistakes = new ArrayList<>();

    /// @param image height and width
    Classification(List<String> classes, Shape image) {
        this.matrix = new ConfusionMatrix(classes);
        this.image = image;
    }

    /// @param images f32[n, ..] of grey pixels from 0 to 1; copied
    /// @param classes i32[n], what they are
    /// @param probabilities f32[n, classes], what the model takes them for
    void add(HostTensor images, HostTensor classes, HostTensor probabilities) {
        int count = probabilities.shape().dim(1);
        for (int i = 0; i < classes.size(); i++) {
            int truth = (int) classes.getLong(i);
            int likeliest = 0;
            for (int k = 1; k < count; k++) {
                if (probabilities.get((long) i * count + k) > probabilities.get((long) i * count + likeliest)) {
                    likeliest = k;
                }
            }
            matrix.count(truth, likeliest);
            if (likeliest != truth) {
                mistakes.add(
                        new Mistake(row(images, i), truth, likeliest, probabilities.get((long) i * count + likeliest)));
            }
        }
    }

    private HostTensor row(HostTensor images, int number) {
        long bytes = image.size() * Float.BYTES;
        HostTensor row = HostTensor.zeros(TensorSpec.f32(1, 1, image.dim(0), image.dim(1)));
        row.data().copyFrom(images.data().asSlice(number * bytes, bytes));
        return row;
    }

    ConfusionMatrix matrix() {
        return matrix;
    }

    /// The mistakes that the model was surest of, with what they are and what they were taken for; empty if there are
    /// none.
    Optional<ImageGrid> worst(int count) {
        List<ImageGrid.Cell> cells = mistakes.stream()
                .sorted(Comparator.comparingDouble(Mistake::probability).reversed())
                .limit(count)
                .map(mistake -> new ImageGrid.Cell(TensorImages.image(mistake.image, 0, 0, 1), text(mistake)))
                .toList();
        return cells.isEmpty() ? Optional.empty() : Optional.of(new ImageGrid(cells, 8));
    }

    private String text(Mistake mistake) {
        List<String> names = matrix.classes();
        return String.format(
                Locale.ROOT,
                "%s\n→ %s %.2f",
                names.get(mistake.truth),
                names.get(mistake.prediction),
                mistake.probability);
    }
}
