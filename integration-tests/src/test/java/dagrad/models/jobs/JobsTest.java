package dagrad.models.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.io.FileException;
import dagrad.io.FormatException;
import dagrad.tensor.HostTensor;
import dagrad.train.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Both jobs, small, on the CPU: what they learn, what they leave behind, and that it can be used again.
class JobsTest {
    @RegisterExtension
    static final OnCpu CPU = new OnCpu(2);

    private static final NamesJob NAMES = new NamesJob();

    private static final Hyperparameters SMALL = NAMES.standard()
            .with("context", 4)
            .with("embedding", 8)
            .with("hidden", 32)
            .with("steps", 60)
            .with("batch", 64)
            .with("learning_rate", 1e-2)
            .with("seed", 7);

    @TempDir
    private Path folder;

    private static List<String> metricsWithoutPace(Path run) throws IOException {
        return Files.readAllLines(run.resolve(Run.METRICS)).stream()
                .map(line -> line.replaceAll("\"items_per_s\":[0-9.]+", ""))
                .toList();
    }

    private static List<String> train(Path out) {
        return CPU.said(at -> NAMES.run(SMALL, at.in(out)));
    }

    private static List<String> sample(Path run, long seed) {
        return CPU.said(
                at -> NAMES.sample(SavedRun.open(run, "names"), NAMES.sampling().with("seed", seed), at));
    }

    /// All characters alike would be a loss of log 28 = 3.33.
    @Test
    void namesAreLearntAndInvented() throws IOException {
        Path out = folder.resolve("names");
        List<String> said = train(out);
        assertThat(said.getFirst()).matches("60 steps in .*; validation loss 2\\..*, accuracy 0\\..*");
        List<String> names = Files.readAllLines(out.resolve("names.txt"));
        assertThat(names).hasSize(20);
        assertThat(String.join("", names)).matches("[ A-Z-]+");
        assertThat(metricsWithoutPace(out)).hasSize(60).first().asString().contains("\"loss\":3.");
        assertThat(out.resolve(Run.CURVE)).exists();
        assertThat(sample(out, 7)).isEqualTo(names);
        assertThat(sample(out, 8)).isNotEqualTo(names);
        assertThatThrownBy(() -> SavedRun.open(out, "fashion"))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("this is a run of \"names\", and one of \"fashion\" is needed");
        assertThatThrownBy(() -> train(out))
                .isInstanceOf(FileException.class)
                .hasMessageContaining("something in it already");
    }

    @Test
    void theSeedDecidesEveryDigit() throws IOException {
        Path first = folder.resolve("first");
        Path second = folder.resolve("second");
        train(first);
        train(second);
        assertThat(metricsWithoutPace(first)).isEqualTo(metricsWithoutPace(second));
        assertThat(Files.mismatch(first.resolve(Run.WEIGHTS), second.resolve(Run.WEIGHTS)))
                .isEqualTo(-1);
    }

    @Test
    void picturesAreToldApart() throws IOException {
        Path out = folder.resolve("fashion");
        FashionJob job = new FashionJob();
        Hyperparameters chosen = job.standard()
                .with("hidden", 64)
                .with("epochs", 6)
                .with("batch", 50)
                .with("learning_rate", 1e-3);
        Map<String, Double> tested =
                job.run(chosen, CPU.silent().in(out), BrightRows.single(1000, 1), BrightRows.single(300, 2));
        assertThat(metricsWithoutPace(out)).hasSize(6 * 18);
        assertThat(tested.get("accuracy")).isGreaterThan(0.95);
        Map<String, HostTensor> test =
                BrightRows.single(300, 2).inOrder(300).iterator().next();
        List<FashionJob.Prediction> predictions =
                FashionJob.predict(CPU.device(), SavedRun.open(out, "fashion"), test.get("x"));
        double hits = 0;
        for (int i = 0; i < 300; i++) {
            hits += predictions.get(i).label() == test.get("y").getLong(i) ? 1 : 0;
            assertThat(predictions.get(i).probability()).isBetween(0.1, 1.0);
        }
        assertThat((float) (hits / 300)).isEqualTo(tested.get("accuracy").floatValue());
    }
}
