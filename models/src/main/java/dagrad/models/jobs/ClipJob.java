package dagrad.models.jobs;

import dagrad.data.Augmentation;
import dagrad.data.Examples;
import dagrad.data.Parts;
import dagrad.graph.Graph;
import dagrad.models.Clip;
import dagrad.models.TextTower;
import dagrad.models.bench.Extent;
import dagrad.models.data.Captioned;
import dagrad.models.data.FashionMnist;
import dagrad.models.data.ImageFolder;
import dagrad.models.data.Words;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Trains a [Clip]: images and captions in one space, on Fashion-MNIST with captions made of the classes' names, or on
/// a folder of images. Nothing is told of the classes but the captions; afterwards images are classified by the caption
/// that is nearest.
public final class ClipJob implements Job {
    /// The words that the model knows, one on a line, in a run's folder.
    static final String VOCABULARY = "vocabulary.txt";

    @Override
    public String name() {
        return "clip";
    }

    @Override
    public String summary() {
        return "finds the captions of images, and the images of captions";
    }

    @Override
    public Hyperparameters standard() {
        return Hyperparameters.of(
                        Hyperparameter.wholes("channels", List.of(32, 64), 1, "of the stages that see the image"),
                        Hyperparameter.whole("hidden", 128, 1, "size of the layer after them"),
                        Hyperparameter.whole("embedding", 64, 1, "size of the space of images and captions"),
                        Hyperparameter.whole("width", 64, 1, "of the transformer that reads captions"),
                        Hyperparameter.whole("heads", 4, 1, "of its attention"),
                        Hyperparameter.whole("layers", 2, 0, "of it"),
                        Hyperparameter.whole("words", 32, 1, 512, "of a caption, at most"),
                        Hyperparameter.whole("vocabulary", 10_000, 1, "known words, at most"))
                .and(Images.declared())
                .and(Hyperparameters.of(
                        Hyperparameter.flag("flip", true, "whether half of the images are mirrored in training"),
                        Hyperparameter.whole("shift", 1, 0, "pixels by which they are moved in training, at most")))
                .and(Common.declared(0, 4, 128, 2e-3))
                .standing("evaluations", 10L);
    }

    @Override
    public Graph loss(Extent extent) {
        Hyperparameters of = standard();
        return switch (extent) {
            case STANDARD -> model(of, Images.shape(of), 40, 9).training(128);
            // Wide enough for embeddings that differ: of equal ones every gradient is a difference of equal numbers.
            case SMALL -> new Clip(Shape.of(1, 6, 6), List.of(4), 16, new TextTower(7, 3, 8, 2, 1), 8).training(5);
        };
    }

    private static Clip model(Hyperparameters chosen, Shape image, int tokens, int length) {
        TextTower text = new TextTower(
                tokens, length, chosen.integer("width"), chosen.integer("heads"), chosen.integer("layers"));
        return new Clip(
                image, chosen.integers("channels"), chosen.integer("hidden"), text, chosen.integer("embedding"));
    }

    @Override
    public void run(Hyperparameters chosen, Workplace at) {
        Common common = new Common(chosen);
        Optional<Path> folder = Images.folder(chosen);
        if (folder.isPresent()) {
            Shape image = Images.shape(chosen);
            Captioned all = Captioned.of(ImageFolder.open(folder.get()), image.dim(0), image.dim(1));
            Words words = words(chosen, all);
            Parts<Examples> parts = all.examples(words).split(common.seed(), common.validation(), Images.TEST_SHARE);
            run(chosen, at, all, words, parts, parts.test());
        } else {
            FashionMnist data = FashionMnist.load(common.data(), Remarks.download("Fashion-MNIST", at));
            Captioned training = captioned(data.training());
            Words words = words(chosen, training);
            Parts<Examples> parts = training.examples(words).split(common.seed(), common.validation(), 0);
            run(chosen, at, training, words, parts, captioned(data.test()).examples(words));
        }
    }

    private static Captioned captioned(FashionMnist.Pictures pictures) {
        int[] labels = new int[pictures.size()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = pictures.labels()[i];
        }
        return Captioned.ofClasses(
                pictures.column(1, FashionMnist.SIDE, FashionMnist.SIDE), FashionMnist.CLASSES, labels);
    }

    private static Words words(Hyperparameters chosen, Captioned data) {
        return Words.of(data.said(), chosen.integer("vocabulary"), chosen.integer("words"));
    }

    /// @param data what subjects there are and what is said of them
    /// @return the share of test images whose nearest subject is theirs
    double run(
            Hyperparameters chosen, Workplace at, Captioned data, Words words, Parts<Examples> parts, Examples test) {
        Common common = new Common(chosen);
        TensorSpec image = data.images().example();
        Clip model = model(chosen, image.shape(), words.size(), words.length());
        long steps = common.steps(parts.training().size());
        try (Training run = Training.begin(this, chosen, at)) {
            run.text(VOCABULARY, String.join("\n", words.known()) + "\n");
            run.train(
                    model,
                    common.recipe(steps),
                    common.settings(steps),
                    parts.training().augmented("x", new Augmentation(chosen.flag("flip"), chosen.integer("shift"))),
                    parts.validation().inOrder(common.batch()));
            try (ZeroShot zeroShot = new ZeroShot(at.device(), model, common.precision(), run.weights())) {
                Retrieval found = zeroShot.of(data, words, test);
                show(run, at, found, data.subjects().size());
                return found.accuracy();
            }
        }
    }

    private static void show(Training run, Workplace at, Retrieval found, int subjects) {
        at.say()
                .accept(String.format(
                        Locale.ROOT,
                        "of %d test images, %.4f are nearest to their own of %d captions",
                        found.images(),
                        found.accuracy(),
                        subjects));
        found.confusion().ifPresent(matrix -> {
            at.say().accept(matrix.text().stripTrailing());
            run.picture("confusion.png", matrix.draw());
        });
        run.picture("similarity.png", found.similarities().draw());
        run.picture("retrieved.png", found.grid().draw());
    }
}
