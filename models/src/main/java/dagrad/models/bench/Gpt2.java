package dagrad.models.bench;

import dagrad.graph.Graph;
import dagrad.models.transformer.Transformer;
import dagrad.optimizer.Optimizer.AdamW;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.Schedule.Cosine;
import dagrad.tensor.HostTensor;
import dagrad.train.Initializer;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/// GPT-2 as it is trained from scratch, a [Transformer] without dropout, with the data and first values that it is
/// measured with.
///
/// @param vocabulary number of tokens; 50257, or rounded up to 50304, so that rows of logits begin at even addresses
/// @param context the most tokens in a row
public record Gpt2(int layers, int width, int heads, int vocabulary, int context) {
    /// The smallest published one, 124 million parameters.
    public static final Gpt2 PUBLISHED = new Gpt2(12, 768, 12, 50257, 1024);

    public Gpt2 withLayers(int number) {
        return new Gpt2(number, width, heads, vocabulary, context);
    }

    /// Heads keep their width of 64, as in all published sizes, or become one if the width is less.
    public Gpt2 withWidth(int wide) {
        return new Gpt2(layers, wide, Math.max(1, wide / 64), vocabulary, context);
    }

    public Gpt2 withVocabulary(int tokens) {
        return new Gpt2(layers, width, heads, tokens, context);
    }

    public Gpt2 withContext(int tokens) {
        return new Gpt2(layers, width, heads, vocabulary, tokens);
    }

    /// How it is trained: AdamW with β2 = 0.95, decay 0.1 on matrices and tables, gradients clipped to norm 1, the rate
    /// rising for 700 steps to 6e-4 and falling as a cosine to a tenth of that.
    public static Recipe recipe() {
        return Recipe.of(new AdamW(0.9, 0.95, 1e-8, 0.1), new Cosine(6e-4, 6e-5, 19_560).warmedUp(700))
                .clipped(1)
                .withoutNorm();
    }

    /// What it is besides a thing to be measured.
    public Transformer model() {
        return new Transformer(layers, heads, width, vocabulary, context);
    }

    /// The mean cross entropy of each next token: inputs `x` and `y` i32[batch, context], output `loss`.
    public Graph loss(int batch) {
        return model().training(batch);
    }

    /// First values as the model has them, but the k-th parameter is drawn from stream 1000 + k, which other programs
    /// can do, too.
    public Map<String, HostTensor> parameters() {
        Map<String, HostTensor> result = new LinkedHashMap<>();
        model().shapes().forEach((name, spec) -> {
            result.put(
                    name,
                    switch (model().initializer(name, spec)) {
                        case Initializer.Normal(double deviation) -> {
                            int size = Math.toIntExact(spec.shape().size());
                            float[] data = SeededNumbers.normal(1000L + result.size(), size, deviation);
                            yield new HostTensor(spec, MemorySegment.ofArray(data));
                        }
                        case Initializer other -> other.tensor(spec, new SplittableRandom(0));
                    });
        });
        return result;
    }

    /// Rows of random tokens; the targets are the same, shifted by one.
    public Map<String, HostTensor> data(int batch) {
        return Map.of(
                "x", SeededNumbers.text(batch, context, vocabulary, 0),
                "y", SeededNumbers.text(batch, context, vocabulary, 1));
    }
}
