package dagrad.models.transformer;

import dagrad.backend.Backend;
import dagrad.precision.Precision;
import dagrad.tensor.HostTensor;
import dagrad.train.Evaluator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// How rows of tokens go on: each next token is drawn as likely as the model finds it.
///
/// @param temperature below 1 for likelier tokens, above for stranger ones
/// @param topK how many of the likeliest tokens are drawn from; 0 for all
/// @param known how many of the model's tokens, the lowest numbers, may be drawn; the others stand for nothing
/// @param seed of the draws
public record Continuation(double temperature, int topK, int known, long seed) {
    /// Rows are never computed shorter than this.
    private static final int SHORTEST = 16;

    /// @throws IllegalArgumentException if the temperature is not above 0 or the number negative
    public Continuation {
        if (!(temperature > 0)) {
            throw new IllegalArgumentException("the temperature must be above 0, not " + temperature);
        }
        if (topK < 0) {
            throw new IllegalArgumentException("tokens are drawn from 1 or more, or by 0 from all, not from " + topK);
        }
    }

    /// Continues a row several times at once.
    ///
    /// Rows are computed in lengths that are powers of two, or the context, with something after their ends that is not
    /// looked at; of rows that are longer than the context, the last tokens are seen.
    ///
    /// @param prompt at least one token
    /// @param count how many continuations
    /// @param length tokens of each
    /// @return the new tokens
    public List<int[]> of(
            Backend device,
            Transformer model,
            Precision precision,
            Map<String, HostTensor> weights,
            int[] prompt,
            int count,
            int length) {
        if (prompt.length == 0) {
            throw new IllegalArgumentException("a text to go on from has at least one token");
        }
        SplittableRandom random = new SplittableRandom(seed);
        List<int[]> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(Arrays.copyOf(prompt, prompt.length + length));
        }
        int end = prompt.length;
        while (end < prompt.length + length) {
            int extent = extent(model, end);
            int last = extent < model.context() ? extent : prompt.length + length - 1;
            try (Evaluator evaluator = Evaluator.of(device, size -> model.next(size, extent), precision, weights)) {
                for (; end <= last && end < prompt.length + length; end++) {
                    HostTensor logits = evaluator.run(batch(rows, end, extent)).get("logits");
                    for (int i = 0; i < count; i++) {
                        rows.get(i)[end] = draw(row(logits, i), random.nextDouble());
                    }
                }
            }
        }
        return rows.stream()
                .map(row -> Arrays.copyOfRange(row, prompt.length, row.length))
                .toList();
    }

    private static int extent(Transformer model, int tokens) {
        int power = Integer.highestOneBit(Math.max(SHORTEST, tokens) * 2 - 1);
        return Math.min(model.context(), power);
    }

    /// The last tokens of each row before `end`, in the first places.
    private static Map<String, HostTensor> batch(List<int[]> rows, int end, int extent) {
        int from = Math.max(0, end - extent);
        int[] x = new int[rows.size() * extent];
        int[] last = new int[rows.size()];
        for (int i = 0; i < rows.size(); i++) {
            System.arraycopy(rows.get(i), from, x, i * extent, end - from);
            last[i] = i * extent + end - from - 1;
        }
        return Map.of("x", HostTensor.of(x, rows.size(), extent), "last", HostTensor.of(last, rows.size()));
    }

    private double[] row(HostTensor logits, int i) {
        int width = logits.shape().dim(1);
        return IntStream.range(0, Math.min(known, width))
                .mapToDouble(k -> logits.get((long) i * width + k))
                .toArray();
    }

    /// The token at which the sum of the softmax over the likeliest logits passes `u`.
    public int draw(double[] logits, double u) {
        double least = Double.NEGATIVE_INFINITY;
        if (topK > 0 && topK < logits.length) {
            double[] sorted = logits.clone();
            Arrays.sort(sorted);
            least = sorted[logits.length - topK];
        }
        double most = Arrays.stream(logits).max().orElseThrow();
        double[] weights = new double[logits.length];
        double all = 0;
        int likeliest = 0;
        for (int k = 0; k < logits.length; k++) {
            weights[k] = logits[k] < least ? 0 : StrictMath.exp((logits[k] - most) / temperature);
            all += weights[k];
            likeliest = logits[k] == most ? k : likeliest;
        }
        double sum = 0;
        for (int k = 0; k < logits.length; k++) {
            sum += weights[k] / all;
            if (u < sum) {
                return k;
            }
        }
        return likeliest;
    }
}
