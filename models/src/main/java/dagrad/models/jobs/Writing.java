package dagrad.models.jobs;

import dagrad.data.DataException;
import dagrad.data.Examples;
import dagrad.data.TokenFile;
import dagrad.models.text.Bytes;
import dagrad.models.text.Characters;
import dagrad.models.text.Corpus;
import dagrad.models.text.HuggingFace;
import dagrad.models.text.Tokenizer;
import dagrad.models.transformer.Continuation;
import dagrad.models.transformer.HuggingFaceGpt2;
import dagrad.models.transformer.Transformer;
import dagrad.tensor.HostTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What jobs have in common whose models write texts: how a file of tokens is trained on, and how a model that was
/// trained so goes on writing.
///
/// @param length tokens of the rows that are trained on
record Writing(Transformer model, int length, Tokenizer tokenizer) {
    /// The file in a run's folder with the sizes of the model, as GPT-2's `config.json` has them.
    static final String SIZES = "gpt2.json";

    private static final int EVALUATION_BATCH = 32;

    /// What can be chosen about texts.
    static Hyperparameters declared() {
        return Hyperparameters.of(
                Hyperparameter.text("prompt", "", "what texts begin with; by default a new line"),
                Hyperparameter.whole("count", 1, 1, "how many texts"),
                Hyperparameter.whole("length", 500, 1, "tokens of a text, after what it begins with"),
                Hyperparameter.positive("temperature", 0.8, "below 1 for likelier texts, above for stranger ones"),
                Hyperparameter.whole("top_k", 0, 0, "draw from so many of the likeliest tokens; 0: from all"),
                Hyperparameter.whole("seed", 1, Long.MIN_VALUE, Long.MAX_VALUE, "of the choice of tokens"));
    }

    /// @throws IllegalArgumentException if the model does not know all tokens
    Writing {
        if (tokenizer.vocabulary() > model.vocabulary()) {
            throw new IllegalArgumentException("the tokenizer has " + tokenizer.text() + ", and the model knows "
                    + model.vocabulary() + "; take the tokenizer that belongs to the model");
        }
    }

    /// The text that `data` names.
    ///
    /// @throws DataException if none is named, or it is not there
    static Corpus corpus(Hyperparameters chosen) {
        return Corpus.at(new Common(chosen)
                .data()
                .orElseThrow(
                        () -> new DataException("there is no text to train on: name a file or a folder by --data")));
    }

    /// Trains on a text, and writes one.
    ///
    /// @param cache where texts are kept as tokens
    void train(Job job, Hyperparameters chosen, Workplace at, Corpus corpus, Path cache) {
        try (TokenFile tokens =
                corpus.tokens(tokenizer, cache, () -> at.remark().accept("making tokens of the text, once"))) {
            train(job, chosen, at, tokens);
        }
    }

    /// Trains on the first tokens, validates on the last, and writes a text.
    private void train(Job job, Hyperparameters chosen, Workplace at, TokenFile tokens) {
        Common common = new Common(chosen);
        long training = Math.round(tokens.size() * (1 - common.validation()));
        Examples examples = tokens.windows(0, training, length, 1);
        Iterable<Map<String, HostTensor>> validation = training == tokens.size()
                ? List.of()
                : tokens.windows(training, tokens.size(), length, length).inOrder(EVALUATION_BATCH);
        long steps = common.steps(training / length);
        at.say().accept(tokens.size() + " tokens, " + tokenizer.text() + " different");
        try (Training run = Training.begin(job, chosen, at)) {
            run.folder().ifPresent(folder -> {
                tokenizer.write(folder);
                HuggingFaceGpt2.writeConfig(folder.resolve(SIZES), model, end());
            });
            run.train(model.onRowsOf(length), common.recipe(steps), common.settings(steps), examples, validation);
            String text = texts(chosen, declared().with("seed", common.seed()), run.weights(), at)
                    .getFirst();
            run.text("sample.txt", text + "\n");
            at.say().accept("\n" + text);
        }
    }

    /// Writes texts.
    ///
    /// @param chosen of the training
    /// @param sampling of [#declared]
    /// @throws IllegalArgumentException if the prompt has something that no token stands for
    List<String> texts(
            Hyperparameters chosen, Hyperparameters sampling, Map<String, HostTensor> weights, Workplace at) {
        String prompt = sampling.text("prompt");
        int[] begun = begun(prompt);
        Continuation continuation = new Continuation(
                sampling.number("temperature"),
                sampling.integer("top_k"),
                tokenizer.vocabulary(),
                sampling.whole("seed"));
        List<int[]> rows = continuation.of(
                at.device(),
                model,
                new Common(chosen).precision(),
                weights,
                begun,
                sampling.integer("count"),
                sampling.integer("length"));
        List<String> texts = new ArrayList<>();
        for (int[] row : rows) {
            texts.add(prompt + tokenizer.decode(row));
        }
        return texts;
    }

    /// The tokens of the prompt, or of what stands for none: a new line, or the first token where that is none.
    private int[] begun(String prompt) {
        int[] tokens = tokenizer.encode(prompt);
        if (tokens.length > 0) {
            return tokens;
        }
        try {
            return tokenizer.encode("\n");
        } catch (IllegalArgumentException _) {
            return new int[1];
        }
    }

    /// Says what the model writes.
    void sample(SavedRun run, Hyperparameters sampling, Workplace at) {
        List<String> texts = texts(run.chosen(), sampling, run.weights(), at);
        for (int i = 0; i < texts.size(); i++) {
            at.say().accept((i == 0 ? "" : "\n---\n") + texts.get(i));
        }
    }

    /// Puts the model into a folder as GPT-2.
    void export(SavedRun run, Path folder) {
        HuggingFaceGpt2.write(folder, model, run.weights(), end());
        tokenizer.write(folder);
    }

    private Optional<Integer> end() {
        return switch (tokenizer) {
            case Bytes _, Characters _ -> Optional.empty();
            case HuggingFace known -> known.end();
        };
    }
}
