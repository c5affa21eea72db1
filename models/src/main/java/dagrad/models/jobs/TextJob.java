package dagrad.models.jobs;

import dagrad.data.DataException;
import dagrad.data.TokenFile;
import dagrad.graph.Graph;
import dagrad.io.UserCache;
import dagrad.models.bench.Extent;
import dagrad.models.text.Corpus;
import dagrad.models.text.Tokenizer;
import dagrad.models.transformer.Transformer;
import java.nio.file.Path;

/// Trains a [Transformer] on any text, from nothing, and lets it write.
public final class TextJob implements Job.Sampling {
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

    /// The recipe that nanoGPT's README gives for CPUs, which comes to a validation loss of 1.88 on tiny Shakespeare.
    @Override
    public Hyperparameters standard() {
        return Hyperparameters.of(
                        Hyperparameter.text("tokenizer", "characters", "characters or bytes: what a token is"),
                        Hyperparameter.whole("context", 64, 1, "the most tokens that the model sees at once"),
                        Hyperparameter.whole("layers", 4, 1, "how many there are"),
                        Hyperparameter.whole("heads", 4, 1, "of attention, in each layer"),
                        Hyperparameter.whole(
                                "width", 128, 1, "numbers that stand for a token; a multiple of the heads"),
                        Hyperparameter.fraction("dropout", 0, "share of numbers left out while training"),
                        Hyperparameter.flag("tied", true, "whether one table serves for tokens read and written"))
                .and(Common.declared(2000, 1, 12, 1e-3))
                .standing("final_rate", 0.1)
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
        Corpus corpus = Corpus.at(new Common(chosen)
                .data()
                .orElseThrow(
                        () -> new DataException("there is no text to train on: name a file or a folder by --data")));
        try (Tokenizer tokenizer = Tokenizer.of(chosen.text("tokenizer"), corpus);
                TokenFile tokens =
                        corpus.tokens(tokenizer, cache, () -> at.remark().accept("making tokens of the text, once"))) {
            new Writing(model(chosen, tokenizer.vocabulary()), tokenizer).train(this, chosen, at, tokens);
        }
    }

    @Override
    public void sample(SavedRun run, Hyperparameters chosen, Workplace at) {
        try (Tokenizer tokenizer = Tokenizer.read(run.chosen().text("tokenizer"), run.folder())) {
            new Writing(model(run.chosen(), tokenizer.vocabulary()), tokenizer).sample(run, chosen, at);
        }
    }
}
