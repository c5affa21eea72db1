package dagrad.models.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dagrad.backend.Backend;
import dagrad.backend.Backends;
import dagrad.backend.DeviceOptions;
import dagrad.data.Examples;
import dagrad.models.data.FashionMnist;
import dagrad.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The jobs that draw images, small, on the CPU.
class GenerativeJobsTest {
    private static final Backend CPU = Backends.open("cpu", new DeviceOptions(2), _ -> {});

    @TempDir
    private Path folder;

    @AfterAll
    static void close() {
        CPU.close();
    }

    private static Examples rows(int n, long seed) {
        return BrightRows.examples(n, seed, (row, label) -> row / 2 == label + 2, 1, 28, 28);
    }

    private static Images images() {
        return new Images(rows(500, 1).split(1, 0.1, 0), rows(100, 2), Shape.of(1, 28, 28), FashionMnist.CLASSES);
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
        Workplace at = Workplace.silent(CPU).in(out).saying(said::add);
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
}
