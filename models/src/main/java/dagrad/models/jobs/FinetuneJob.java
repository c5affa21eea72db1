package dagrad.models.jobs;

import dagrad.data.DataException;
import dagrad.graph.Graph;
import dagrad.io.UserCache;
import dagrad.models.bench.Extent;
import dagrad.models.bench.Gpt2;
import dagrad.models.text.Corpus;
import dagrad.models.text.Tokenizer;
import dagrad.models.transformer.HuggingFaceGpt2;
import dagrad.models.transformer.Transformer;
import dagrad.tensor.HostTensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// Goes on training GPT-2, from weights as Hugging Face publishes them, on another text: all of it, or adapters alone.
public final class FinetuneJob implements Job.Sampling, Job.Exporting {
    static final String NAME = "finetune";

    private final Path cache;

    public FinetuneJob() {
        this(UserCache.folder().resolve("tokens"));
    }

    /// @param cache where texts are kept as tokens
    FinetuneJob(Path cache) {
        this.cache = cache;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String summary() {
        return "GPT-2, from the weights that --weights names, on a text that --data names";
    }

    @Override
    public Hyperparameters standard() {
        return Hyperparameters.of(
                        Hyperparameter.whole("context", 128, 1, "tokens of a row; at most what the model can see"),
                        Hyperparameter.fraction("dropout", 0, "share of numbers left out while training"))
                .and(Common.declared(200, 1, 4, 5e-5))
                .standing("final_rate", 0.1)
                .standing("weight_decay", 0.01)
                .standing("clip_norm", 1)
                .standing("evaluations", 4);
    }

    @Override
    public Hyperparameters sampling() {
        return Writing.declared();
    }

    @Override
    public Graph loss(Extent extent) {
        return switch (extent) {
            case STANDARD ->
                Gpt2.PUBLISHED
                        .model()
                        .onRowsOf(standard().integer("context"))
                        .training(standard().integer("batch"));
            case SMALL -> new Transformer(2, 2, 8, 11, 6).onRowsOf(5).training(2);
        };
    }

    /// @param file a safetensors file with `config.json` beside it
    @Override
    public Map<String, HostTensor> weights(Path file) {
        return HuggingFaceGpt2.read(file, HuggingFaceGpt2.model(folder(file).resolve(HuggingFaceGpt2.CONFIG)));
    }

    private static Path folder(Path weights) {
        return weights.toAbsolutePath().getParent();
    }

    private static Path file(Hyperparameters chosen) {
        Path file = new Common(chosen)
                .weights()
                .orElseThrow(
                        () -> new DataException("there is nothing to go on from: name a model.safetensors, with its"
                                + " config.json and tokenizer.json beside it, by --weights"));
        if (!Files.isRegularFile(file)) {
            throw new DataException("there is no file " + file + "; name the model.safetensors itself, with its"
                    + " config.json and tokenizer.json beside it");
        }
        return file;
    }

    private static Writing writing(Hyperparameters chosen, Path sizes, Tokenizer tokenizer) {
        Transformer model = HuggingFaceGpt2.model(sizes).withDropout(chosen.number("dropout"));
        return new Writing(model, Math.min(model.context(), chosen.integer("context")), tokenizer);
    }

    @Override
    public void run(Hyperparameters chosen, Workplace at) {
        Path weights = file(chosen);
        Corpus corpus = Writing.corpus(chosen);
        try (Tokenizer tokenizer = Tokenizer.in(folder(weights))) {
            writing(chosen, folder(weights).resolve(HuggingFaceGpt2.CONFIG), tokenizer)
                    .train(this, chosen, at, corpus, cache);
        }
    }

    @Override
    public void sample(SavedRun run, Hyperparameters chosen, Workplace at) {
        try (Tokenizer tokenizer = Tokenizer.in(run.folder())) {
            writing(run.chosen(), run.file(Writing.SIZES), tokenizer).sample(run, chosen, at);
        }
    }

    @Override
    public void export(SavedRun run, Path folder) {
        try (Tokenizer tokenizer = Tokenizer.in(run.folder())) {
            writing(run.chosen(), run.file(Writing.SIZES), tokenizer).export(run, folder);
        }
    }
}
