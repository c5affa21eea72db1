package dagrad.models.jobs;

import dagrad.backend.Backend;
import dagrad.data.Batches;
import dagrad.data.Examples;
import dagrad.data.Parts;
import dagrad.io.Fields;
import dagrad.io.Safetensors;
import dagrad.models.NameModel;
import dagrad.models.data.CharacterWindows;
import dagrad.models.data.UnicodeNames;
import dagrad.optimizer.Optimizer;
import dagrad.optimizer.Recipe;
import dagrad.precision.Precision;
import dagrad.tensor.HostTensor;
import dagrad.train.Evaluator;
import dagrad.train.Event;
import dagrad.train.Run;
import dagrad.train.Settings;
import dagrad.train.Trainer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Trains a [NameModel] on the names of Unicode's symbols, which every JDK has with it, and invents some.
///
/// @param context how many characters the model sees
/// @param embedding how many numbers stand for a character
/// @param hidden size of the hidden layer
/// @param rate the highest learning rate: it rises over the first twentieth of the steps and falls along a cosine
/// @param weightDecay λ of AdamW
/// @param names how many are invented in the end
/// @param temperature below 1 for likelier names, above for stranger ones
public record NamesJob(
        int context,
        int embedding,
        int hidden,
        Length length,
        int batch,
        double rate,
        double weightDecay,
        long seed,
        int names,
        double temperature,
        Precision precision) {
    /// Evaluations on the way.
    private static final int EVALUATIONS = 20;

    /// Training stops when so many evaluations in a row were no better; the best weights are kept in any case.
    private static final int PATIENCE = 5;

    /// The share of the names that validates.
    private static final double VALIDATION = 0.1;

    private static final int EVALUATION_BATCH = 1024;
    private static final String ALPHABET = "alphabet";

    /// What trains in about a minute on two cores.
    public static NamesJob standard() {
        return new NamesJob(8, 24, 256, new Length.Steps(8000), 128, 3e-3, 0.05, 1, 20, 0.8, Precision.F32);
    }

    public NamesJob in(Precision chosen) {
        return new NamesJob(
                context, embedding, hidden, length, batch, rate, weightDecay, seed, names, temperature, chosen);
    }

    /// @param finished with the evaluation of the weights on names that were not trained on
    /// @param names invented
    public record Result(Event.Finished finished, List<String> names) {}

    /// Trains.
    ///
    /// @param out where the results go, if anywhere
    /// @param progress is told each step
    /// @throws dagrad.io.FileException if the folder cannot be written
    public Result run(Backend backend, Optional<Path> out, Consumer<? super Event> progress) {
        Parts<List<String>> parts = Parts.of(UnicodeNames.symbols(), seed, VALIDATION, 0);
        CharacterWindows windows = new CharacterWindows(UnicodeNames.ALPHABET, context);
        NameModel model = new NameModel(windows, embedding, hidden);
        Examples training = examples(windows, parts.training());
        long steps = length.steps(training.size(), batch);
        Settings settings = Settings.of(batch, steps)
                .evaluatedEvery(Math.max(1, steps / EVALUATIONS))
                .stoppedAfter(PATIENCE)
                .seeded(seed);
        try (Results results = Results.open(out, config(windows));
                Batches batches = training.shuffled(batch, seed);
                Trainer trainer = new Trainer(backend, model, recipe(steps), settings)) {
            trainer.listen(progress);
            results.listenTo(trainer);
            var validation = examples(windows, parts.validation()).inOrder(EVALUATION_BATCH);
            Event.Finished finished = trainer.train(batches, validation);
            results.save(trainer);
            try (Evaluator evaluator = evaluator(backend, model, precision, trainer.parameters())) {
                return new Result(finished, invent(model, evaluator, names, temperature, seed));
            }
        }
    }

    private static Examples examples(CharacterWindows windows, List<String> names) {
        CharacterWindows.Examples cut = windows.examples(names);
        return Examples.ofTensors(Map.of("context", cut.contexts(), "next", cut.next()));
    }

    private Recipe recipe(long steps) {
        return Recipe.of(new Optimizer.AdamW().withWeightDecay(weightDecay), Schedules.upAndDown(rate, steps))
                .in(precision);
    }

    private Map<String, Object> config(CharacterWindows windows) {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("job", "names");
        config.put(ALPHABET, windows.alphabet());
        config.put("context", context);
        config.put("embedding", embedding);
        config.put("hidden", hidden);
        config.putAll(Schedules.config(length, batch, rate, weightDecay, seed, precision));
        config.put("names", names);
        config.put("temperature", temperature);
        return config;
    }

    private static Evaluator evaluator(
            Backend backend, NameModel model, Precision precision, Map<String, HostTensor> weights) {
        return Evaluator.of(backend, size -> precision.of(model.prediction(size)), weights);
    }

    private static List<String> invent(NameModel model, Evaluator evaluator, int count, double temperature, long seed) {
        return model.sample(evaluator, count, temperature, UnicodeNames.LONGEST, seed);
    }

    /// Invents names with the weights of an earlier run.
    ///
    /// @param run its folder
    /// @throws dagrad.io.FileException if a file is missing
    /// @throws dagrad.io.FormatException if a file is damaged, or the run is another job's
    public static List<String> sample(Backend backend, Path run, int count, double temperature, long seed) {
        Fields config = Results.config(run, "names");
        CharacterWindows windows = new CharacterWindows(config.text(ALPHABET), config.integer("context"));
        NameModel model = new NameModel(windows, config.integer("embedding"), config.integer("hidden"));
        try (Evaluator evaluator =
                evaluator(backend, model, Schedules.precision(config), Safetensors.read(run.resolve(Run.WEIGHTS)))) {
            return invent(model, evaluator, count, temperature, seed);
        }
    }
}
