package dagrad.models.jobs;

import dagrad.graph.Graph;
import dagrad.models.Vae;
import dagrad.models.bench.Extent;
import dagrad.models.show.ImageGrid;
import dagrad.models.show.TensorImages;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import dagrad.train.Evaluator;
import dagrad.train.Initializer;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntFunction;

/// Trains a [Vae] on Fashion-MNIST or a folder of images, and draws what it remembers of images, what lies between
/// them, and images that nobody has seen.
public final class VaeJob implements Job.Sampling {
    private static final int EVALUATION_BATCH = 1000;
    /// Images of samples.png: a grid of ten by ten.
    private static final int SAMPLES = 100;

    /// Images in a row of a picture, and rows of one.
    private static final int COLUMNS = 10;

    private static final int ROWS = 4;

    @Override
    public String name() {
        return "vae";
    }

    @Override
    public String summary() {
        return "an autoencoder that learns images as points in a small space, and draws new ones";
    }

    /// What trains in two and a half minutes of one core.
    @Override
    public Hyperparameters standard() {
        return Hyperparameters.of(
                        Hyperparameter.wholes("hidden", List.of(512, 256), 1, "sizes of the encoder's hidden layers"),
                        Hyperparameter.whole("latent", 16, 1, "numbers that stand for an image"),
                        Hyperparameter.positive("deviation", 0.1, "σ of a pixel, which is from 0 to 1"),
                        Hyperparameter.notNegative(
                                "beta", 1, "β, the weight of the divergence; 1 for the bound itself"))
                .and(Images.declared())
                .and(Common.declared(0, 20, 128, 1e-3))
                .standing("evaluations", 20L);
    }

    @Override
    public Hyperparameters sampling() {
        return Hyperparameters.of(
                Hyperparameter.whole("count", SAMPLES, 1, 10_000, "how many images"),
                Hyperparameter.positive("temperature", 1, "deviation of z: below 1 for likelier images"),
                Hyperparameter.whole("seed", 1, Long.MIN_VALUE, Long.MAX_VALUE, "of z"));
    }

    @Override
    public Graph loss(Extent extent) {
        return switch (extent) {
            case STANDARD -> model(standard()).training(standard().integer("batch"));
            case SMALL -> new Vae(Shape.of(1, 4, 4), List.of(8, 6), 3, 0.5, 1).training(5);
        };
    }

    private static Vae model(Hyperparameters chosen) {
        return new Vae(
                Images.shape(chosen),
                chosen.integers("hidden"),
                chosen.integer("latent"),
                chosen.number("deviation"),
                chosen.number("beta"));
    }

    @Override
    public void run(Hyperparameters chosen, Workplace at) {
        run(chosen, at, Images.load(chosen, at));
    }

    /// @return loss, reconstruction and divergence on the test images, which decided nothing
    Map<String, Double> run(Hyperparameters chosen, Workplace at, Images images) {
        Common common = new Common(chosen);
        long steps = common.steps(images.parts().training().size());
        try (Training run = Training.begin(this, chosen, at)) {
            run.train(
                    model(chosen),
                    common.recipe(steps),
                    common.settings(steps),
                    images.parts().training(),
                    images.parts().validation().inOrderIfAny(EVALUATION_BATCH));
            Map<String, Double> tested = run.trainer().evaluate(images.test().inOrder(EVALUATION_BATCH));
            at.say().accept(text(chosen, tested));
            show(chosen, at, run, images);
            return tested;
        }
    }

    private static String text(Hyperparameters chosen, Map<String, Double> tested) {
        double reconstruction = tested.get("reconstruction");
        double kl = tested.get("kl");
        return String.format(
                Locale.ROOT,
                "on the test images: negative ELBO %.2f nats = reconstruction %.2f (σ = %s) + divergence %.2f",
                reconstruction + kl,
                reconstruction,
                chosen.number("deviation"),
                kl);
    }

    private static void show(Hyperparameters chosen, Workplace at, Training run, Images images) {
        Map<String, HostTensor> weights = run.trainer().parameters();
        HostTensor z;
        Map<String, HostTensor> first = images.test()
                .inOrder(Math.min(ROWS * COLUMNS, images.test().size()))
                .iterator()
                .next();
        try (Evaluator evaluator = evaluator(chosen, at, model(chosen)::reconstruction, weights)) {
            Map<String, HostTensor> found = evaluator.run(first);
            z = found.get("z");
            run.picture("reconstructions.png", pairs(first.get("x"), found.get("image")));
        }
        try (Evaluator evaluator = evaluator(chosen, at, model(chosen)::decoding, weights)) {
            run.picture("between.png", grid(evaluator, between(z)));
            HostTensor drawn = drawn(chosen, SAMPLES, 1, new Common(chosen).seed());
            run.picture("samples.png", grid(evaluator, drawn));
        }
    }

    private static Evaluator evaluator(
            Hyperparameters chosen, Workplace at, IntFunction<Graph> graphs, Map<String, HostTensor> weights) {
        return Evaluator.of(at.device(), graphs, new Common(chosen).precision(), weights);
    }

    /// Rows of images, each with a row of what became of them below.
    private static BufferedImage pairs(HostTensor images, HostTensor reconstructed) {
        List<BufferedImage> above = TensorImages.of(images);
        List<BufferedImage> below = TensorImages.of(reconstructed);
        List<BufferedImage> all = new ArrayList<>();
        for (int from = 0; from < above.size(); from += COLUMNS) {
            int to = Math.min(above.size(), from + COLUMNS);
            all.addAll(above.subList(from, to));
            all.addAll(below.subList(from, to));
        }
        return ImageGrid.of(all, Math.min(COLUMNS, above.size())).draw();
    }

    private static BufferedImage grid(Evaluator decoder, HostTensor z) {
        HostTensor images = decoder.run(Map.of("z", z)).get("image");
        return ImageGrid.of(TensorImages.of(images), COLUMNS).draw();
    }

    /// A row of points for each pair of points that follow each other, evenly spaced from one to the other.
    private static HostTensor between(HostTensor z) {
        int latent = z.shape().dim(1);
        int pairs = Math.min(2 * ROWS, z.shape().dim(0) - 1);
        HostTensor result = HostTensor.zeros(TensorSpec.f32(pairs * COLUMNS, latent));
        for (int i = 0; i < pairs * COLUMNS; i++) {
            int pair = i / COLUMNS;
            double t = i % COLUMNS / (COLUMNS - 1.0);
            for (int k = 0; k < latent; k++) {
                double from = z.get((long) pair * latent + k);
                double to = z.get((long) (pair + 1) * latent + k);
                result.set((long) i * latent + k, from + t * (to - from));
            }
        }
        return result;
    }

    /// Points of the prior.
    private static HostTensor drawn(Hyperparameters chosen, int count, double deviation, long seed) {
        TensorSpec spec = TensorSpec.f32(count, chosen.integer("latent"));
        return new Initializer.Normal(deviation).tensor(spec, new SplittableRandom(seed));
    }

    @Override
    public void sample(SavedRun run, Hyperparameters chosen, Workplace at) {
        HostTensor z = drawn(run.chosen(), chosen.integer("count"), chosen.number("temperature"), chosen.whole("seed"));
        try (Evaluator evaluator = evaluator(run.chosen(), at, model(run.chosen())::decoding, run.weights())) {
            at.say().accept("drawn: " + run.picture(grid(evaluator, z)));
        }
    }
}
