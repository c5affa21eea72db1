package dagrad.models.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.models.data.FashionMnist;
import dagrad.models.diffusion.NoiseSchedule;
import dagrad.models.diffusion.UNet;
import dagrad.precision.Precision;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import dagrad.train.Evaluator;
import dagrad.train.Initializer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// The jobs that draw images, small, on the CPU.
class GenerativeJobsTest {
    @RegisterExtension
    static final OnCpu CPU = new OnCpu(2);

    @TempDir
    private Path folder;

    private static Images images() {
        return new Images(
                BrightRows.pairs(500, 1).split(1, 0.1, 0),
                BrightRows.pairs(100, 2),
                Shape.of(1, 28, 28),
                FashionMnist.CLASSES);
    }

    @Test
    void theAutoencoderLearnsTheBoundAndDraws() throws IOException {
        Path out = folder.resolve("vae");
        VaeJob job = new VaeJob();
        Hyperparameters chosen = job.standard()
                .with("hidden", 32)
                .with("latent", 4)
                .with("epochs", 25)
                .with("batch", 25)
                .with("evaluations", 1)
                .with("learning_rate", 5e-3);
        List<String> said = new ArrayList<>();
        Workplace at = CPU.silent().in(out).saying(said::add);
        Map<String, Double> tested = job.run(chosen, at, images());
        assertThat(tested.get("loss")).isCloseTo(tested.get("reconstruction") + tested.get("kl"), within(1e-2));
        // What is left of the squared error is the noise of the images and little of their rows.
        assertThat(tested.get("reconstruction")).isBetween(-1000.0, -600.0);
        assertThat(tested.get("kl")).isBetween(2.0, 60.0);
        assertThat(said.getLast()).contains("negative ELBO -", " nats = reconstruction -", " (σ = 0.1) + divergence ");
        for (String picture : List.of("reconstructions.png", "between.png", "samples.png")) {
            assertThat(out.resolve(picture)).exists();
        }
        job.sample(SavedRun.open(out), job.sampling(), at);
        job.sample(SavedRun.open(out), job.sampling(), at);
        job.sample(SavedRun.open(out), job.sampling().with("seed", 2), at);
        assertThat(said.getLast()).isEqualTo("drawn: " + out.resolve("sample-3.png"));
        byte[] first = Files.readAllBytes(out.resolve("sample-1.png"));
        assertThat(Files.readAllBytes(out.resolve("sample-2.png"))).isEqualTo(first);
        assertThat(Files.readAllBytes(out.resolve("sample-3.png"))).isNotEqualTo(first);
    }

    @Test
    void theNoiseEstimatorLearnsAndDraws() throws IOException {
        Path judge = folder.resolve("judge");
        FashionJob fashion = new FashionJob();
        fashion.run(
                fashion.standard().with("hidden", 16).with("steps", 40).with("batch", 20),
                CPU.silent().in(judge),
                BrightRows.flatPairs(200, 1),
                BrightRows.flatPairs(50, 2));
        Path out = folder.resolve("diffusion");
        DiffusionJob job = new DiffusionJob();
        Hyperparameters chosen = job.standard()
                .with("widths", "[8,8]")
                .with("heads", 2)
                .with("times", 50)
                .with("steps", 60)
                .with("batch", 16)
                .with("average", 0.9)
                .with("evaluations", 1)
                .with("learning_rate", 5e-3);
        List<String> said = new ArrayList<>();
        Workplace at = CPU.silent().in(out).saying(said::add);
        double loss = job.run(chosen, at, images());
        // Of noise that is N(0, 1) the mean squared error is 1 for who knows nothing.
        assertThat(loss).isBetween(0.05, 0.6);
        assertThat(out.resolve("samples.png")).exists();
        SavedRun run = SavedRun.open(out);
        Hyperparameters how = job.sampling().with("count", 20).with("steps", 4).with("judge", judge.toString());
        job.sample(run, how, at);
        assertThat(said.get(said.size() - 2).lines())
                .hasSize(11)
                .last()
                .asString()
                .startsWith("of 20 images 0.")
                .contains(" are seen as what they were to be; ");
        assertThat(said.getLast()).isEqualTo("drawn: " + out.resolve("sample-1.png"));
        job.sample(run, how, at);
        job.sample(run, how.with("method", "ddpm"), at);
        byte[] first = Files.readAllBytes(out.resolve("sample-1.png"));
        assertThat(Files.readAllBytes(out.resolve("sample-2.png"))).isEqualTo(first);
        assertThat(Files.readAllBytes(out.resolve("sample-3.png"))).isNotEqualTo(first);
        assertThatThrownBy(() -> job.sample(run, how.with("class", "hat"), at))
                .hasMessageStartingWith("there is no class \"hat\"; there are T-shirt/top, Trouser, ");
    }

    /// Without guidance the class wanted plays no part; with it, it does.
    @Test
    void guidanceIsWhatTheClassDecides() {
        NoiseSchedule noise = new NoiseSchedule(NoiseSchedule.Kind.COSINE, 10);
        UNet model = new UNet(Shape.of(1, 4, 4), 2, 1, List.of(8), 2, noise, 0.1);
        Graph graph = model.prediction(1);
        Map<String, HostTensor> weights = new LinkedHashMap<>();
        graph.inputs(Input.Kind.PARAMETER)
                .forEach((name, value) -> weights.put(
                        name,
                        new Initializer.Normal(0.3).tensor(graph.spec(value), new SplittableRandom(name.length()))));
        Drawing drawing = new Drawing(model, Precision.F32, weights, CPU.device());
        HostTensor noisy = new Initializer.Normal(1).tensor(TensorSpec.f32(1, 1, 4, 4), new SplittableRandom(1));
        try (Evaluator evaluator = drawing.evaluator()) {
            IntFunction<double[]> first =
                    w -> drawing.estimate(evaluator, noisy, 4, new int[] {0}, w).doubles();
            double[] none = drawing.estimate(evaluator, noisy, 4, new int[] {model.none()}, 1)
                    .doubles();
            double[] one = first.apply(1);
            assertThat(first.apply(0)).containsExactly(none).isNotEqualTo(one);
            double[] expected = new double[none.length];
            Arrays.setAll(expected, i -> none[i] + 3 * (one[i] - none[i]));
            assertThat(first.apply(3)).containsExactly(expected, within(1e-5));
        }
    }

    @Test
    void aJudgementCountsByClass() {
        Judgement judgement = new Judgement(List.of("a", "b", "a", "b"), List.of("a", "a", "a", "b"));
        assertThat(judgement.share()).isEqualTo(0.75);
        assertThat(judgement.text()).isEqualTo("""
                a            1.000 are seen as such
                b            0.500 are seen as such
                of 4 images 0.750 are seen as what they were to be; 2 classes are seen""");
    }
}
