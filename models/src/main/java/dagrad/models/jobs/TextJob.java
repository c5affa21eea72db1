package dagrad.models.jobs;

import dagrad.graph.Graph;
import dagrad.io.UserCache;
import dagrad.models.bench.Extent;
import dagrad.models.text.Corpus;
import dagrad.models.text.Tokenizer;
import dagrad.models.transformer.Transformer;
import java.nio.file.Path;
import java.util.Optional;

/// Trains a [Transformer] on any text, from nothing, and lets it write.
public final class TextJob implements Job.Sampling, Job.Exporting {
    static final String NAME = "text";

    /// As many characters as English letters with some punctuation need: for plans and checks, which know no text.
    private static final int TYPICAL_VOCABULARY = 65;

    private final Path cache;

    public TextJob() {
        this(UserCache.folder().resolve("tokens"));
    }

    /// @param cache where texts are kept as tokens
    TextJob(Path cache) {
        this.cache = cache;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String summary() {
        return "a decoder transformer over a text that --data names; writes on";
    }

    /// The sizes and the recipe that nanoGPT's README gives for CPUs (a validation loss of 1.88 on tiny Shakespeare),
    /// but with thrice the learning rate, which so small a model bears.
    @Override
    public Hyperparameters standard() {
        return Hyperparameters.of(
                        Hyperparameter.text(
                                "tokenizer",
                                "characters",
                                "characters, bytes or a file tokenizer.json: what a token is"),
                        Hyperparameter.whole("context", 64, 1, "the most tokens that the model sees at once"),
                        Hyperparameter.whole("layers", 4, 1, "how many there are"),
                        Hyperparameter.whole("heads", 4, 1, "of attention, in each layer"),
                        Hyperparameter.whole(
                                "width", 128, 1, "numbers that stand for a token; a multiple of the heads"),
                        Hyperparameter.fraction("dropout", 0, "share of numbers left out while training"),
                        Hyperparameter.flag("tied", true, "whether one table serves for tokens read and written"))
                .and(Common.declared(2000, 1, 12, 3e-3))
                .standing("final_rate", 0.03)
                .standing("weight_decay", 0.1)
                .standing("beta2", 0.99)
                .standing("clip_norm", 1)
                .standing("evaluations", 8);
    }

    @Override
    public Hyperparameters sampling() {
        return Writing.declared();
    }

    @Override
    public Graph loss(Extent extent) {
        return switch (extent) {
            case STANDARD ->
                model(standard(), TYPICAL_VOCABULARY).training(standard().integer("batch"));
            case SMALL -> new Transformer(2, 2, 8, 11, 6).training(2);
        };
    }

    private static Transformer model(Hyperparameters chosen, int vocabulary) {
        return new Transformer(
                chosen.integer("layers"),
                chosen.integer("heads"),
                chosen.integer("width"),
                vocabulary,
                chosen.integer("context"),
                chosen.number("dropout"),
                chosen.flag("tied"));
    }

    @Override
    public void run(Hyperparameters chosen, Workplace at) {
        Corpus corpus = Writing.corpus(chosen);
        Optional<Path> weights = new Common(chosen).weights();
        try (Tokenizer tokenizer = tokenizer(chosen.text("tokenizer"), corpus, weights)) {
            writing(chosen, tokenizer).train(this, chosen, at, corpus, cache);
        }
    }

    /// Weights know the tokens that they were trained with.
    private static Tokenizer tokenizer(String kind, Corpus corpus, Optional<Path> weights) {
        return weights.map(file -> Tokenizer.read(kind, file.toAbsolutePath().getParent()))
                .orElseGet(() -> Tokenizer.of(kind, corpus));
    }

    private static Writing writing(Hyperparameters chosen, Tokenizer tokenizer) {
        return new Writing(model(chosen, tokenizer.vocabulary()), chosen.integer("context"), tokenizer);
    }

    @Override
    public void sample(SavedRun run, Hyperparameters chosen, Workplace at) {
        try (Tokenizer tokenizer = Tokenizer.read(run.chosen().text("tokenizer"), run.folder())) {
            writing(run.chosen(), tokenizer).sample(run, chosen, at);
        }
    }

    @Override
    public void export(SavedRun run, Path folder) {
        try (Tokenizer tokenizer = Tokenizer.read(run.chosen().text("tokenizer"), run.folder())) {
            writing(run.chosen(), tokenizer).export(run, folder);
        }
    }
}
