package dagrad.models.jobs;

import dagrad.data.Examples;
import dagrad.data.TokenFile;
import dagrad.models.text.Tokenizer;
import dagrad.models.transformer.Continuation;
import dagrad.models.transformer.Transformer;
import dagrad.tensor.HostTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What jobs have in common whose models write texts: how a file of tokens is trained on, and how a model that was trained
/// so goes on writing.
record Writing(Transformer model, Tokenizer tokenizer) {
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

    /// Trains on the first tokens, validates on the last, and writes a text.
    void train(Job job, Hyperparameters chosen, Workplace at, TokenFile tokens) {
        Common common = new Common(chosen);
        int context = model.context();
        long training = Math.round(tokens.size() * (1 - common.validation()));
        Examples examples = tokens.windows(0, training, context, 1);
        Iterable<Map<String, HostTensor>> validation = training == tokens.size()
                ? List.of()
                : tokens.windows(training, tokens.size(), context, context).inOrder(EVALUATION_BATCH);
        long steps = common.steps(training / context);
        at.say().accept(tokens.size() + " tokens, " + tokenizer.text() + " different");
        try (Training run = Training.begin(job, chosen, at)) {
            at.out().ifPresent(tokenizer::write);
            run.train(model, common.recipe(steps), common.settings(steps), examples, validation);
            String text = texts(
                            chosen,
                            declared().with("seed", common.seed()),
                            run.trainer().parameters(),
                            at)
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
        Continuation continuation =
                new Continuation(sampling.number("temperature"), sampling.integer("top_k"), sampling.whole("seed"));
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
}
