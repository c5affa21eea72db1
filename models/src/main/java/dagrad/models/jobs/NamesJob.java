package dagrad.models.jobs;

import dagrad.data.Examples;
import dagrad.data.Parts;
import dagrad.graph.Graph;
import dagrad.models.NameModel;
import dagrad.models.bench.Extent;
import dagrad.models.data.CharacterWindows;
import dagrad.models.data.UnicodeNames;
import dagrad.tensor.HostTensor;
import dagrad.train.Evaluator;
import java.util.List;
import java.util.Map;

/// Trains a [NameModel] on the names of Unicode's symbols, which every JDK has with it, and invents some.
public final class NamesJob implements Job.Sampling {
    static final String NAME = "names";
    private static final int EVALUATION_BATCH = 1024;

    /// Names that are printed after training.
    private static final int SHOWN = 20;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String summary() {
        return "a language model over the characters of Unicode's symbol names; invents names";
    }

    /// What trains in about a minute on two cores. Training stops when five evaluations in a row were no better; the
    /// best weights are kept in any case.
    @Override
    public Hyperparameters standard() {
        return Hyperparameters.of(
                        Hyperparameter.whole("context", 8, 1, "how many characters the model sees"),
                        Hyperparameter.whole("embedding", 24, 1, "how many numbers stand for a character"),
                        Hyperparameter.whole("hidden", 256, 1, "size of the hidden layer"))
                .and(Common.declared(8000, 1, 128, 3e-3))
                .standing("patience", 5);
    }

    @Override
    public Hyperparameters sampling() {
        return Hyperparameters.of(
                Hyperparameter.whole("count", SHOWN, 1, "how many names"),
                Hyperparameter.positive("temperature", 0.8, "below 1 for likelier names, above for stranger ones"),
                Hyperparameter.whole("seed", 1, Long.MIN_VALUE, Long.MAX_VALUE, "of the choice of characters"));
    }

    @Override
    public Graph loss(Extent extent) {
        return switch (extent) {
            case STANDARD -> model(standard()).training(standard().integer("batch"));
            case SMALL ->
                model(standard().with("context", 3).with("embedding", 4).with("hidden", 8))
                        .training(5);
        };
    }

    private static NameModel model(Hyperparameters chosen) {
        return new NameModel(windows(chosen), chosen.integer("embedding"), chosen.integer("hidden"));
    }

    private static CharacterWindows windows(Hyperparameters chosen) {
        return new CharacterWindows(UnicodeNames.ALPHABET, chosen.integer("context"));
    }

    @Override
    public void run(Hyperparameters chosen, Workplace at) {
        Common common = new Common(chosen);
        CharacterWindows windows = windows(chosen);
        Parts<List<String>> parts = Parts.of(UnicodeNames.symbols(), common.seed(), common.validation(), 0);
        Examples training = examples(windows, parts.training());
        long steps = common.steps(training.size());
        try (Training run = Training.begin(this, chosen, at)) {
            run.train(
                    model(chosen),
                    common.recipe(steps),
                    common.settings(steps),
                    training,
                    examples(windows, parts.validation()).inOrder(EVALUATION_BATCH));
            List<String> names = invent(chosen, sampling().with("seed", common.seed()), run.weights(), at);
            run.text("names.txt", String.join("\n", names) + "\n");
            at.say().accept("\ninvented names:");
            names.forEach(name -> at.say().accept("  " + name));
        }
    }

    private static Examples examples(CharacterWindows windows, List<String> names) {
        CharacterWindows.Examples cut = windows.examples(names);
        return Examples.ofTensors(Map.of("context", cut.contexts(), "next", cut.next()));
    }

    private static List<String> invent(
            Hyperparameters chosen, Hyperparameters sampling, Map<String, HostTensor> weights, Workplace at) {
        NameModel model = model(chosen);
        try (Evaluator evaluator =
                Evaluator.of(at.device(), model::prediction, new Common(chosen).precision(), weights)) {
            return model.sample(
                    evaluator,
                    sampling.integer("count"),
                    sampling.number("temperature"),
                    UnicodeNames.LONGEST,
                    sampling.whole("seed"));
        }
    }

    @Override
    public void sample(SavedRun run, Hyperparameters chosen, Workplace at) {
        invent(run.chosen(), chosen, run.weights(), at).forEach(at.say());
    }
}
