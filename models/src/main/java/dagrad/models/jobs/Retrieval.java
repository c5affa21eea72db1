package dagrad.models.jobs;

import dagrad.models.show.ConfusionMatrix;
import dagrad.models.show.Heatmap;
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
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/// How near test images are to subjects, and which are the nearest. Embeddings have length 1, so that nearness is their
/// product. Of the images only those are kept that are shown.
final class Retrieval {
    /// Subjects that pictures have room for, and images of each.
    private static final int SHOWN = 12;

    private static final int NEAREST = 8;

    /// @param image f32[1, c, h, w]
    private record Found(HostTensor image, double cosine) {}

    private final List<String> names;
    private final List<float[]> subjects;
    private final int shown;
    private final ConfusionMatrix confusion;
    private final List<PriorityQueue<Found>> nearest = new ArrayList<>();
    private final double[][] sums;
    private final int[] counts;
    private int images;
    private int hits;

    Retrieval(List<String> names, List<float[]> subjects) {
        this.names = names;
        this.subjects = subjects;
        this.shown = Math.min(SHOWN, names.size());
        this.confusion = new ConfusionMatrix(names.subList(0, shown));
        this.sums = new double[shown][shown];
        this.counts = new int[shown];
        for (int i = 0; i < shown; i++) {
            nearest.add(new PriorityQueue<>(Comparator.comparingDouble(Found::cosine)));
        }
    }

    static float[] ofLengthOne(float[] vector) {
        double length = Math.sqrt(Math.max(1e-12, product(vector, vector)));
        float[] result = new float[vector.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = (float) (vector[i] / length);
        }
        return result;
    }

    private static double product(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    /// @param batch images f32[n, c, h, w]; those that are kept are copied
    /// @param subject i32[n], what they are of
    /// @param embeddings of the images
    void add(HostTensor batch, HostTensor subject, List<float[]> embeddings) {
        for (int i = 0; i < embeddings.size(); i++) {
            float[] image = embeddings.get(i);
            double[] cosines =
                    subjects.stream().mapToDouble(each -> product(each, image)).toArray();
            int truth = (int) subject.getLong(i);
            int best = IntStream.range(0, cosines.length)
                    .reduce((a, b) -> cosines[b] > cosines[a] ? b : a)
                    .orElseThrow();
            images++;
            hits += best == truth ? 1 : 0;
            if (truth < shown && best < shown) {
                confusion.count(truth, best);
            }
            for (int j = 0; j < shown; j++) {
                if (truth < shown) {
                    sums[truth][j] += cosines[j];
                }
                keep(nearest.get(j), batch, i, cosines[j]);
            }
            if (truth < shown) {
                counts[truth]++;
            }
        }
    }

    private static void keep(PriorityQueue<Found> queue, HostTensor batch, int row, double cosine) {
        if (queue.size() == NEAREST && queue.element().cosine() >= cosine) {
            return;
        }
        if (queue.size() == NEAREST) {
            queue.remove();
        }
        Shape shape = batch.shape().with(0, 1);
        HostTensor copy = HostTensor.zeros(new TensorSpec(batch.spec().dtype(), shape));
        copy.data()
                .copyFrom(batch.data()
                        .asSlice(row * copy.spec().bytes(), copy.spec().bytes()));
        queue.add(new Found(copy, cosine));
    }

    int images() {
        return images;
    }

    /// Share of the images whose nearest subject is theirs; 0 if there are none.
    double accuracy() {
        return images == 0 ? 0 : (double) hits / images;
    }

    /// Empty if there are too many subjects for a picture.
    Optional<ConfusionMatrix> confusion() {
        return names.size() <= SHOWN ? Optional.of(confusion) : Optional.empty();
    }

    /// Mean cosines of the images of each subject (rows) with each subject's captions (columns).
    Heatmap similarities() {
        List<List<Heatmap.Cell>> cells = new ArrayList<>();
        for (int i = 0; i < shown; i++) {
            List<Heatmap.Cell> row = new ArrayList<>();
            for (int j = 0; j < shown; j++) {
                double mean = sums[i][j] / Math.max(1, counts[i]);
                row.add(new Heatmap.Cell(counts[i] == 0 ? "" : String.format(Locale.ROOT, "%.2f", mean), mean));
            }
            cells.add(row);
        }
        List<String> titles = names.subList(0, shown);
        return new Heatmap("mean cosines", "images of", "captions of", titles, titles, cells);
    }

    /// A row for each subject: the images nearest to its captions, from all test images, with their cosines.
    ImageGrid grid() {
        List<ImageGrid.Cell> cells = new ArrayList<>();
        for (int j = 0; j < shown; j++) {
            List<Found> row = nearest.get(j).stream()
                    .sorted(Comparator.comparingDouble(Found::cosine).reversed())
                    .toList();
            for (Found found : row) {
                cells.add(new ImageGrid.Cell(
                        TensorImages.image(found.image(), 0, 0, 1),
                        String.format(Locale.ROOT, "%s\n%.2f", names.get(j), found.cosine())));
            }
        }
        return new ImageGrid(cells, Math.max(1, Math.min(NEAREST, images)));
    }
}
