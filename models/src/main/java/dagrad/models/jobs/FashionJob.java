package dagrad.models.jobs;

import dagrad.backend.Backend;
import dagrad.data.Augmentation;
import dagrad.data.Examples;
import dagrad.data.Idx;
import dagrad.data.Parts;
import dagrad.graph.Graph;
import dagrad.io.FormatException;
import dagrad.models.Classifier;
import dagrad.models.ConvNet;
import dagrad.models.Mlp;
import dagrad.models.bench.Extent;
import dagrad.models.data.FashionMnist;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.train.Evaluator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/// Trains an [Mlp] or a [ConvNet] to tell the ten kinds of clothes of Fashion-MNIST apart (Xiao, Rasul & Vollgraf
/// 2017).
public final class FashionJob implements Job.Predicting {
    static final String NAME = "fashion";

    /// What the numbers of the classes stand for.
    public static final List<String> CLASSES = FashionMnist.CLASSES;

    /// Pixels of an image, 28 × 28.
    public static final int PIXELS = FashionMnist.SIDE * FashionMnist.SIDE;

    /// Images that the picture of mistakes has.
    private static final int MISTAKES = 40;

    private static final int EVALUATION_BATCH = 1000;

    /// What is trained.
    public enum Model {
        MLP,
        CONV
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String summary() {
        return "tells the clothes of Fashion-MNIST apart";
    }

    /// The perceptron reaches a test accuracy of 0.889 and the convolutional network 0.927.
    @Override
    public Hyperparameters standard() {
        return Hyperparameters.of(
                        Hyperparameter.oneOf("model", Model.MLP, "mlp: a multilayer perceptron; conv: convolutional"),
                        Hyperparameter.wholes("hidden", List.of(256), 1, "sizes of the hidden layers; one of conv"),
                        Hyperparameter.wholes("channels", List.of(32, 64), 1, "of the stages of conv"),
                        Hyperparameter.fraction("dropout", 0.3, "of the hidden layer of conv"),
                        Hyperparameter.flag("flip", true, "whether conv sees half of the images mirrored"),
                        Hyperparameter.whole("shift", 1, 0, "pixels by which conv sees them moved, at most"))
                .and(Common.declared(0, 10, 128, 2e-3))
                .standing("evaluations", 10L);
    }

    @Override
    public Graph loss(Extent extent) {
        return loss(extent, Model.MLP);
    }

    @Override
    public Map<String, Function<Extent, Graph>> losses() {
        return Map.of(NAME, this::loss, NAME + "-conv", extent -> loss(extent, Model.CONV));
    }

    private Graph loss(Extent extent, Model kind) {
        Hyperparameters of = standard().with("model", Hyperparameter.word(kind));
        return switch (extent) {
            case STANDARD -> model(of).training(of.integer("batch"));
            case SMALL -> model(of.with("hidden", 6).with("channels", 2)).training(3);
        };
    }

    private static Classifier model(Hyperparameters chosen) {
        List<Integer> hidden = chosen.integers("hidden");
        return switch (chosen.oneOf("model", Model.class)) {
            case MLP -> {
                List<Integer> sizes = new ArrayList<>(List.of(PIXELS));
                sizes.addAll(hidden);
                sizes.add(CLASSES.size());
                yield Mlp.classifier(sizes.toArray(Integer[]::new));
            }
            case CONV -> {
                if (hidden.size() != 1) {
                    throw new IllegalArgumentException(
                            "the convolutional network has one hidden layer; hidden is " + hidden);
                }
                Shape image = Shape.of(1, FashionMnist.SIDE, FashionMnist.SIDE);
                yield new ConvNet(
                        image,
                        chosen.integers("channels"),
                        hidden.getFirst(),
                        CLASSES.size(),
                        chosen.number("dropout"));
            }
        };
    }

    private static Examples varied(Hyperparameters chosen, Examples training) {
        return switch (chosen.oneOf("model", Model.class)) {
            case MLP -> training;
            case CONV -> training.augmented("x", new Augmentation(chosen.flag("flip"), chosen.integer("shift")));
        };
    }

    @Override
    public void run(Hyperparameters chosen, Workplace at) {
        FashionMnist data = FashionMnist.load(new Common(chosen).data(), Remarks.download("Fashion-MNIST", at));
        run(chosen, at, examples(chosen, data.training()), examples(chosen, data.test()));
    }

    private static Examples examples(Hyperparameters chosen, FashionMnist.Pictures pictures) {
        return pictures.examples(
                "x",
                "y",
                model(chosen).example().dims().stream().mapToInt(i -> i).toArray());
    }

    /// Trains on a part of the training images, validates on the rest, tests at the end.
    ///
    /// @param training `x` f32[n, ..] in the shape that the model takes, pixels from 0 (black) to 1, and `y` i32[n],
    ///     the numbers of the classes
    /// @param test the same
    /// @return loss and accuracy on the test images, which decided nothing
    Map<String, Double> run(Hyperparameters chosen, Workplace at, Examples training, Examples test) {
        Common common = new Common(chosen);
        Classifier model = model(chosen);
        Parts<Examples> parts = training.split(common.seed(), common.validation(), 0);
        long steps = common.steps(parts.training().size());
        try (Training run = Training.begin(this, chosen, at)) {
            run.train(
                    model,
                    common.recipe(steps),
                    common.settings(steps),
                    varied(chosen, parts.training()),
                    parts.validation().inOrder(EVALUATION_BATCH));
            Map<String, Double> tested = run.trainer().evaluate(test.inOrder(EVALUATION_BATCH));
            at.say().accept("on the test images: " + Training.scalars(tested));
            show(run, at, tested(at.device(), chosen, run.weights(), test));
            return tested;
        }
    }

    private static Classification tested(
            Backend device, Hyperparameters chosen, Map<String, HostTensor> weights, Examples test) {
        Classification result = new Classification(CLASSES, Shape.of(FashionMnist.SIDE, FashionMnist.SIDE));
        try (Evaluator evaluator = evaluator(device, chosen, weights)) {
            for (Map<String, HostTensor> batch : test.inOrder(EVALUATION_BATCH)) {
                result.add(batch.get("x"), batch.get("y"), evaluator.run(batch).get("probabilities"));
            }
        }
        return result;
    }

    private static void show(Training run, Workplace at, Classification tested) {
        at.say().accept(tested.matrix().text().stripTrailing());
        run.picture("confusion.png", tested.matrix().draw());
        tested.worst(MISTAKES).ifPresent(grid -> run.picture("mistakes.png", grid.draw()));
    }

    private static Evaluator evaluator(Backend device, Hyperparameters chosen, Map<String, HostTensor> weights) {
        return Evaluator.of(device, model(chosen)::prediction, new Common(chosen).precision(), weights);
    }

    /// What a model makes of an image.
    ///
    /// @param label number of the likeliest class
    /// @param name of that class
    /// @param probability how sure the model is
    public record Prediction(int label, String name, double probability) {}

    /// Classifies images with the weights of an earlier run.
    ///
    /// @param run of this job
    /// @param images f32[n, 784], from 0 (black) to 1
    /// @throws dagrad.io.FileException if a file is missing
    /// @throws dagrad.io.FormatException if a file is damaged
    public static List<Prediction> predict(Backend backend, SavedRun run, HostTensor images) {
        HostTensor shaped = new HostTensor(
                images.spec()
                        .withShape(Shape.of(images.shape().dim(0))
                                .concat(model(run.chosen()).example())),
                images.data());
        List<Prediction> result = new ArrayList<>();
        try (Evaluator evaluator = evaluator(backend, run.chosen(), run.weights())) {
            for (Map<String, HostTensor> batch :
                    Examples.ofTensors(Map.of("x", shaped)).inOrder(EVALUATION_BATCH)) {
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

    /// Says for each image its number, the likeliest class and its probability.
    ///
    /// @param file IDX of bytes [n, 28, 28], compressed or not
    @Override
    public void predict(SavedRun run, Path file, int count, Workplace at) {
        HostTensor bytes = Idx.read(file).tensor();
        int n = bytes.shape().rank() == 0 ? 0 : bytes.shape().dim(0);
        if (n == 0 || bytes.size() != (long) n * PIXELS) {
            throw new FormatException(file + " holds " + bytes.spec() + ", not images of 28 x 28 pixels");
        }
        int asked = Math.min(n, count);
        float[] pixels = new float[asked * PIXELS];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = bytes.getLong(i) / 255f;
        }
        List<Prediction> predictions = predict(at.device(), run, HostTensor.of(pixels, asked, PIXELS));
        for (int i = 0; i < asked; i++) {
            Prediction p = predictions.get(i);
            at.say().accept(String.format(Locale.ROOT, "%5d  %-12s %.3f", i, p.name(), p.probability()));
        }
    }
}
