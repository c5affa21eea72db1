package dagrad.models.jobs;

import dagrad.graph.Graph;
import dagrad.models.bench.Extent;
import dagrad.models.diffusion.Denoising;
import dagrad.models.diffusion.NoiseSchedule;
import dagrad.models.diffusion.UNet;
import dagrad.models.show.ImageGrid;
import dagrad.models.show.TensorImages;
import dagrad.optimizer.Recipe;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/// Trains a [UNet] to estimate the noise in images of Fashion-MNIST or of a folder, and draws images of the classes by
/// removing noise step by step.
public final class DiffusionJob implements Job.Sampling {
    private static final int EVALUATION_BATCH = 250;

    /// Images in a row of a picture, and images of a picture, at most.
    private static final int COLUMNS = 10;

    private static final int SHOWN = 100;

    /// How noise is removed.
    private enum Method {
        DDIM,
        DDPM
    }

    @Override
    public String name() {
        return "diffusion";
    }

    @Override
    public String summary() {
        return "draws images of the classes wanted by removing noise";
    }

    @Override
    public Hyperparameters standard() {
        return Hyperparameters.of(
                        Hyperparameter.wholes("widths", List.of(32, 64), 2, "channels at each resolution"),
                        Hyperparameter.whole("patch", 2, 1, "side of the patches that images are cut into"),
                        Hyperparameter.whole("heads", 4, 1, "of the attention at the lowest resolution"),
                        Hyperparameter.oneOf("noise", NoiseSchedule.Kind.COSINE, "cosine or linear, how it grows"),
                        Hyperparameter.whole("times", 1000, 1, 100_000, "T, in so many steps"),
                        Hyperparameter.fraction("withheld", 0.1, "share of the images whose class is not told"),
                        Hyperparameter.fraction("average", 0.995, "what the average of the parameters keeps in a step"))
                .and(Images.declared())
                .and(Common.declared(1500, 1, 64, 2e-3))
                .standing("weight_decay", 0)
                .standing("clip_norm", 1)
                .standing("validation", 0.02)
                .standing("evaluations", 10L);
    }

    @Override
    public Hyperparameters sampling() {
        return Hyperparameters.of(
                Hyperparameter.whole("count", 50, 1, 100_000, "how many images"),
                Hyperparameter.text("class", "", "name or number of the class wanted; by default all in turn"),
                Hyperparameter.notNegative(
                        "guidance", 3, "how much the class counts: 0 not at all, 1 as it was learnt"),
                Hyperparameter.oneOf("method", Method.DDIM, "ddim or ddpm; ddpm draws noise in each step"),
                Hyperparameter.whole("steps", 25, 1, 100_000, "in how many steps noise is removed"),
                Hyperparameter.text("judge", "", "a run of fashion that says whether the images are of their classes"),
                Hyperparameter.whole("seed", 1, Long.MIN_VALUE, Long.MAX_VALUE, "of the noise"));
    }

    @Override
    public Graph loss(Extent extent) {
        return switch (extent) {
            case STANDARD -> model(standard(), 10).training(standard().integer("batch"));
            case SMALL -> {
                NoiseSchedule noise = new NoiseSchedule(NoiseSchedule.Kind.COSINE, 20);
                yield new UNet(Shape.of(1, 8, 8), 3, 2, List.of(4, 8), 2, noise, 0.25).training(4);
            }
        };
    }

    private static UNet model(Hyperparameters chosen, int classes) {
        return new UNet(
                Images.shape(chosen),
                classes,
                chosen.integer("patch"),
                chosen.integers("widths"),
                chosen.integer("heads"),
                new NoiseSchedule(chosen.oneOf("noise", NoiseSchedule.Kind.class), chosen.integer("times")),
                chosen.number("withheld"));
    }

    @Override
    public void run(Hyperparameters chosen, Workplace at) {
        run(chosen, at, Images.load(chosen, at));
    }

    /// @return the loss on the test images, which decided nothing: the mean of (ε − ε̂)²
    double run(Hyperparameters chosen, Workplace at, Images images) {
        Common common = new Common(chosen);
        List<String> classes = images.classes().isEmpty() ? List.of("image") : images.classes();
        UNet model = model(chosen, classes.size());
        long steps = common.steps(images.parts().training().size());
        Recipe recipe = common.recipe(steps).averaged(chosen.number("average"));
        try (Training run = Training.begin(this, chosen, at)) {
            run.text(Drawing.CLASSES, String.join("\n", classes) + "\n");
            run.train(
                    model,
                    recipe,
                    common.settings(steps),
                    images.parts().training(),
                    images.parts().validation().inOrderIfAny(EVALUATION_BATCH));
            double tested = run.trainer()
                    .evaluate(images.test().inOrder(EVALUATION_BATCH))
                    .get("loss");
            at.say().accept(String.format(Locale.ROOT, "on the test images: squared error of the noise %.4f", tested));
            Hyperparameters shown = sampling().with("seed", common.seed());
            int[] wanted = IntStream.range(0, Math.min(SHOWN, classes.size() * COLUMNS))
                    .map(i -> i / COLUMNS % classes.size())
                    .toArray();
            Map<String, HostTensor> weights = run.trainer().parameters();
            HostTensor drawn = draw(new Drawing(model, common.precision(), weights, at.device()), shown, wanted);
            run.picture(
                    "samples.png", ImageGrid.of(TensorImages.of(drawn), COLUMNS).draw());
            return tested;
        }
    }

    /// @return f32[n, channels, side, side] from 0 to 1
    private static HostTensor draw(Drawing drawing, Hyperparameters how, int[] wanted) {
        double eta = switch (how.oneOf("method", Method.class)) {
            case DDIM -> 0;
            case DDPM -> 1;
        };
        Denoising denoising = new Denoising(drawing.model().schedule(), how.integer("steps"), eta);
        return drawing.images(denoising, how.number("guidance"), wanted, how.whole("seed"));
    }

    @Override
    public void sample(SavedRun run, Hyperparameters chosen, Workplace at) {
        List<String> classes = Drawing.classes(run);
        UNet model = model(run.chosen(), classes.size());
        int[] wanted = wanted(chosen, classes);
        var precision = new Common(run.chosen()).precision();
        HostTensor drawn = draw(new Drawing(model, precision, run.weights(), at.device()), chosen, wanted);
        String judge = chosen.text("judge");
        List<String> captions = Arrays.stream(wanted).mapToObj(classes::get).toList();
        if (!judge.isBlank()) {
            at.say()
                    .accept(Judgement.of(at.device(), SavedRun.open(Path.of(judge), FashionJob.NAME), drawn, captions)
                            .text());
        }
        List<ImageGrid.Cell> cells = new ArrayList<>();
        for (int i = 0; i < Math.min(SHOWN, wanted.length); i++) {
            cells.add(new ImageGrid.Cell(TensorImages.image(drawn, i, 0, 1), captions.get(i)));
        }
        at.say()
                .accept("drawn: " + run.picture(new ImageGrid(cells, COLUMNS).draw())
                        + (wanted.length > SHOWN
                                ? String.format(Locale.ROOT, " (the first %d of %d)", SHOWN, wanted.length)
                                : ""));
    }

    private static int[] wanted(Hyperparameters chosen, List<String> classes) {
        String named = chosen.text("class");
        int count = chosen.integer("count");
        if (named.isBlank()) {
            return IntStream.range(0, count).map(i -> i % classes.size()).toArray();
        }
        int number = IntStream.range(0, classes.size())
                .filter(i -> classes.get(i).equalsIgnoreCase(named)
                        || String.valueOf(i).equals(named))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no class \"" + named + "\"; there are "
                        + String.join(", ", classes) + ", or their numbers from 0"));
        return IntStream.range(0, count).map(_ -> number).toArray();
    }
}
