package dagrad.models.jobs;

import dagrad.backend.Backend;
import dagrad.data.Examples;
import dagrad.models.Clip;
import dagrad.models.data.Captioned;
import dagrad.models.data.Words;
import dagrad.precision.Precision;
import dagrad.tensor.HostTensor;
import dagrad.train.Evaluator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Uses a trained [Clip] on images whose subjects it was never told: the embedding of a subject is the mean of those of
/// its captions (the paper's ensemble of prompts), brought to length 1, and an image belongs to the subject whose
/// cosine with it is largest.
final class ZeroShot implements AutoCloseable {
    private static final int BATCH = 500;

    private final Evaluator images;
    private final Evaluator captions;

    ZeroShot(Backend device, Clip model, Precision precision, Map<String, HostTensor> weights) {
        this.images = Evaluator.of(device, model::images, precision, weights);
        this.captions = Evaluator.of(device, model::captions, precision, weights);
    }

    /// @param test images as `x` and the numbers of their subjects as `subject`
    Retrieval of(Captioned data, Words words, Examples test) {
        List<float[]> subjects = data.captions().stream()
                .map(said -> ensemble(words.tensor(said)))
                .toList();
        Retrieval result = new Retrieval(data.subjects(), subjects);
        for (Map<String, HostTensor> batch : test.inOrder(BATCH)) {
            HostTensor embedded = images.run(batch).get("embedding");
            result.add(batch.get("x"), batch.get("subject"), rows(embedded));
        }
        return result;
    }

    private float[] ensemble(HostTensor said) {
        List<float[]> rows = rows(captions.run(Map.of("caption", said)).get("embedding"));
        float[] sum = new float[rows.getFirst().length];
        for (float[] row : rows) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += row[i];
            }
        }
        return Retrieval.ofLengthOne(sum);
    }

    private static List<float[]> rows(HostTensor matrix) {
        int width = matrix.shape().dim(1);
        float[] all = matrix.floats();
        List<float[]> rows = new ArrayList<>();
        for (int i = 0; i < all.length; i += width) {
            rows.add(Arrays.copyOfRange(all, i, i + width));
        }
        return rows;
    }

    @Override
    public void close() {
        captions.close();
        images.close();
    }
}
