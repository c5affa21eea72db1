package dagrad.models.jobs;

import dagrad.backend.Backend;
import dagrad.data.Batches;
import dagrad.data.Examples;
import dagrad.data.Parts;
import dagrad.io.Fields;
import dagrad.io.Safetensors;
import dagrad.models.Mlp;
import dagrad.models.data.FashionMnist;
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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Trains an [Mlp] to tell the ten kinds of clothes of Fashion-MNIST apart (Xiao, Rasul & Vollgraf 2017).
///
/// @param hidden sizes of the hidden layers
/// @param rate the highest learning rate: it rises over the first twentieth of the steps and falls along a cosine
/// @param weightDecay λ of AdamW
public record FashionJob(
        List<Integer> hidden,
        Length length,
        int batch,
        double rate,
        double weightDecay,
        long seed,
        Precision precision) {
    /// What the numbers of the classes stand for.
    public static final List<String> CLASSES = FashionMnist.CLASSES;

    /// Pixels of an image, 28 × 28.
    public static final int PIXELS = FashionMnist.SIDE * FashionMnist.SIDE;

    /// The share of the training images that validates.
    private static final double VALIDATION = 0.1;

    private static final int EVALUATION_BATCH = 1000;

    public FashionJob {
        hidden = List.copyOf(hidden);
    }

    /// What reaches a test accuracy of 0.89 in a minute or two on two cores.
    public static FashionJob standard() {
        return new FashionJob(List.of(256), new Length.Epochs(15), 128, 2e-3, 0.05, 1, Precision.F32);
    }

    public FashionJob in(Precision chosen) {
        return new FashionJob(hidden, length, batch, rate, weightDecay, seed, chosen);
    }

    /// @param finished with the evaluation on the validation images
    /// @param test loss and accuracy on the test images, which decided nothing
    public record Result(Event.Finished finished, Map<String, Double> test) {}

    /// Trains on nine tenths of the training images, validates on the rest after each epoch, tests at the end.
    ///
    /// @param training `x` f32[n, 784], pixels from 0 (black) to 1, and `y` i32[n], the numbers of the classes
    /// @param test the same
    /// @param out where the results go, if anywhere
    /// @param progress is told each step
    /// @throws dagrad.io.FileException if the folder cannot be written
    public Result run(
            Backend backend, Examples training, Examples test, Optional<Path> out, Consumer<? super Event> progress) {
        Parts<Examples> parts = training.split(seed, VALIDATION, 0);
        Examples trained = parts.training();
        long steps = length.steps(trained.size(), batch);
        Settings settings = Settings.of(batch, steps)
                .evaluatedEvery(Math.max(1, trained.size() / batch))
                .seeded(seed);
        Recipe recipe = Recipe.of(new Optimizer.AdamW().withWeightDecay(weightDecay), Schedules.upAndDown(rate, steps))
                .in(precision);
        try (Results results = Results.open(out, config());
                Batches batches = trained.shuffled(batch, seed);
                Trainer trainer = new Trainer(backend, model(hidden), recipe, settings)) {
            trainer.listen(progress);
            results.listenTo(trainer);
            Event.Finished finished = trainer.train(batches, parts.validation().inOrder(EVALUATION_BATCH));
            results.save(trainer);
            return new Result(finished, trainer.evaluate(test.inOrder(EVALUATION_BATCH)));
        }
    }

    private static Mlp model(List<Integer> hidden) {
        List<Integer> sizes = new ArrayList<>(List.of(PIXELS));
        sizes.addAll(hidden);
        sizes.add(CLASSES.size());
        return Mlp.classifier(sizes.toArray(Integer[]::new));
    }

    private Map<String, Object> config() {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("job", "fashion");
        config.put("hidden", hidden);
        config.putAll(Schedules.config(length, batch, rate, weightDecay, seed, precision));
        return config;
    }

    /// What a model makes of an image.
    ///
    /// @param label number of the likeliest class
    /// @param name of that class
    /// @param probability how sure the model is
    public record Prediction(int label, String name, double probability) {}

    /// Classifies images with the weights of an earlier run.
    ///
    /// @param run its folder
    /// @param images f32[n, 784], from 0 (black) to 1
    /// @throws dagrad.io.FileException if a file is missing
    /// @throws dagrad.io.FormatException if a file is damaged, or the run is another job's
    public static List<Prediction> predict(Backend backend, Path run, HostTensor images) {
        Fields config = Results.config(run, "fashion");
        Mlp model = model(config.integers("hidden"));
        List<Prediction> result = new ArrayList<>();
        Precision precision = Schedules.precision(config);
        try (Evaluator evaluator = Evaluator.of(
                backend, size -> precision.of(model.prediction(size)), Safetensors.read(run.resolve(Run.WEIGHTS)))) {
            for (Map<String, HostTensor> batch :
                    Examples.ofTensors(Map.of("x", images)).inOrder(EVALUATION_BATCH)) {
                Map<String, HostTensor> outputs = evaluator.run(batch);
                HostTensor classes = outputs.get("class");
                for (int i = 0; i < classes.size(); i++) {
                    int label = (int) classes.getLong(i);
                    double probability = outputs.get("probabilities").get((long) i * CLASSES.size() + label);
                    result.add(new Prediction(label, CLASSES.get(label), probability));
                }
            }
        }
        return result;
    }
}
