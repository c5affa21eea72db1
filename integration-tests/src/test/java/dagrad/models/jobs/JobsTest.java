package dagrad.models.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.backend.Backend;
import dagrad.backend.Backends;
import dagrad.backend.DeviceOptions;
import dagrad.data.Examples;
import dagrad.io.FileException;
import dagrad.io.FormatException;
import dagrad.precision.Precision;
import dagrad.tensor.HostTensor;
import dagrad.train.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Both jobs, small, on the CPU: what they learn, what they leave behind, and that it can be used again.
class JobsTest {
    private static final Backend CPU = Backends.open("cpu", new DeviceOptions(2), _ -> {});

    private static final NamesJob NAMES =
            new NamesJob(4, 8, 32, new Length.Steps(60), 64, 1e-2, 0.01, 7, 5, 0.8, Precision.F32);

    @TempDir
    private Path folder;

    @AfterAll
    static void close() {
        CPU.close();
    }

    private static List<String> metricsWithoutPace(Path run) throws IOException {
        return Files.readAllLines(run.resolve(Run.METRICS)).stream()
                .map(line -> line.replaceAll("\"items_per_s\":[0-9.]+", ""))
                .toList();
    }

    /// All characters alike would be a loss of log 28 = 3.33.
    @Test
    void namesAreLearntAndInvented() throws IOException {
        Path out = folder.resolve("names");
        NamesJob.Result result = NAMES.run(CPU, Optional.of(out), _ -> {});
        assertThat(result.finished().best().get("loss")).isLessThan(3);
        assertThat(result.names()).hasSize(5);
        assertThat(String.join("", result.names())).matches("[ A-Z-]+");
        assertThat(metricsWithoutPace(out)).hasSize(60).first().asString().contains("\"loss\":3.");
        assertThat(out.resolve(Run.CURVE)).exists();
        assertThat(NamesJob.sample(CPU, out, 5, 0.8, 7)).isEqualTo(result.names());
        assertThat(NamesJob.sample(CPU, out, 5, 0.8, 8)).isNotEqualTo(result.names());
        assertThatThrownBy(() -> FashionJob.predict(CPU, out, HostTensor.of(new float[784], 1, 784)))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("this is a run of \"names\", and one of \"fashion\" is needed");
        assertThatThrownBy(() -> NAMES.run(CPU, Optional.of(out), _ -> {}))
                .isInstanceOf(FileException.class)
                .hasMessageContaining("something in it already");
    }

    @Test
    void theSeedDecidesEveryDigit() throws IOException {
        Path first = folder.resolve("first");
        Path second = folder.resolve("second");
        NAMES.run(CPU, Optional.of(first), _ -> {});
        NAMES.run(CPU, Optional.of(second), _ -> {});
        assertThat(metricsWithoutPace(first)).isEqualTo(metricsWithoutPace(second));
        assertThat(Files.mismatch(first.resolve(Run.WEIGHTS), second.resolve(Run.WEIGHTS)))
                .isEqualTo(-1);
    }

    /// Ten classes, each a bright row of its own in noise.
    private static Examples rows(int n, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] images = new float[n * FashionJob.PIXELS];
        int[] labels = new int[n];
        for (int i = 0; i < n; i++) {
            labels[i] = random.nextInt(10);
            for (int p = 0; p < FashionJob.PIXELS; p++) {
                images[i * FashionJob.PIXELS + p] = (p / 28 == 2 * labels[i] ? 0.8f : 0) + random.nextFloat() / 5;
            }
        }
        return Examples.ofTensors(
                Map.of("x", HostTensor.of(images, n, FashionJob.PIXELS), "y", HostTensor.of(labels, n)));
    }

    @Test
    void picturesAreToldApart() {
        Path out = folder.resolve("fashion");
        FashionJob job = new FashionJob(List.of(64), new Length.Epochs(6), 50, 1e-3, 0.01, 1, Precision.F32);
        FashionJob.Result result = job.run(CPU, rows(1000, 1), rows(300, 2), Optional.of(out), _ -> {});
        assertThat(result.finished().steps()).isEqualTo(6 * 18);
        assertThat(result.test().get("accuracy")).isGreaterThan(0.95);
        Map<String, HostTensor> test = rows(300, 2).inOrder(300).iterator().next();
        List<FashionJob.Prediction> predictions = FashionJob.predict(CPU, out, test.get("x"));
        double hits = 0;
        for (int i = 0; i < 300; i++) {
            hits += predictions.get(i).label() == test.get("y").getLong(i) ? 1 : 0;
            assertThat(predictions.get(i).probability()).isBetween(0.1, 1.0);
        }
        assertThat((float) (hits / 300)).isEqualTo(result.test().get("accuracy").floatValue());
    }
}
