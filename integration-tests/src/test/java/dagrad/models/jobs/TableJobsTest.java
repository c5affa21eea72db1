package dagrad.models.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dagrad.io.FormatException;
import dagrad.models.network.NetworkJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// The jobs that learn from tables: regression and the general network.
class TableJobsTest {
    @RegisterExtension
    static final OnCpu CPU = new OnCpu(1);

    /// y = w · tanh(v x), with w and v to be found.
    private static final String NETWORK = """
            {"format": "dagrad-network", "version": 1,
             "inputs": {"x": 0}, "targets": {"t": 0}, "parameters": {"v": 1, "w": 1},
             "nodes": [
               {"name": "in", "activation": "sum", "arguments": [{"input": "x"}]},
               {"name": "h", "activation": "tanh", "arguments": [{"node": "in", "parameter": "v"}]},
               {"name": "y", "activation": "sum", "arguments": [{"node": "h", "parameter": "w"}]},
               {"name": "J", "activation": "squared_error", "arguments": [{"node": "y"}, {"target": "t"}]}],
             "outputs": [{"node": "y"}], "objective": {"node": "J"}}
            """;

    @TempDir
    private Path folder;

    private Path table() throws IOException {
        SplittableRandom random = new SplittableRandom(3);
        StringBuilder csv = new StringBuilder("noise,x,t\n");
        for (int i = 0; i < 200; i++) {
            double x = random.nextDouble(-2, 2);
            csv.append(String.format(Locale.ROOT, "%.6f,%.6f,%.6f%n", random.nextDouble(), x, 3 * Math.tanh(0.5 * x)));
        }
        return Files.writeString(folder.resolve("t.csv"), csv);
    }

    @Test
    void aNetworksParametersAreFound() throws IOException {
        Path file = Files.writeString(folder.resolve("network.json"), NETWORK);
        NetworkJob job = new NetworkJob();
        Path out = folder.resolve("run");
        job.run(
                job.standard()
                        .with("network", file.toString())
                        .with("data", table().toString())
                        .with("steps", 2500)
                        .with("learning_rate", 0.1),
                CPU.silent().in(out));
        var trained = NetworkJson.read(out.resolve("network.json"));
        assertThat(trained.theta().get(0)).isCloseTo(0.5, within(0.01));
        assertThat(trained.theta().get(1)).isCloseTo(3, within(0.01));
        List<String> said = new ArrayList<>();
        Path data = Files.writeString(folder.resolve("new.csv"), "t,x\n0,1.5\n0,-1\n0,0\n");
        job.predict(SavedRun.open(out), data, 2, CPU.silent().saying(said::add));
        assertThat(said).hasSize(3).first().isEqualTo("y");
        assertThat(Double.parseDouble(said.get(1))).isCloseTo(3 * Math.tanh(0.75), within(0.03));
        assertThat(Double.parseDouble(said.get(2))).isCloseTo(3 * Math.tanh(-0.5), within(0.03));
        Path narrow = Files.writeString(folder.resolve("row.csv"), "a\n2\n");
        said.clear();
        job.predict(SavedRun.open(out), narrow, 9, CPU.silent().saying(said::add));
        assertThat(said).hasSize(2);
    }

    @Test
    void aTableOfOtherColumnsIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("network.json"), NETWORK);
        Path data = Files.writeString(folder.resolve("u.csv"), "a,b,c\n1,2,3\n");
        NetworkJob job = new NetworkJob();
        var chosen = job.standard().with("network", file.toString()).with("data", data.toString());
        assertThatThrownBy(() -> job.run(chosen, CPU.silent()))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("it has 3 columns, and the network has 1 inputs and 1 targets")
                .hasMessageEndingWith("x, t");
    }

    @Test
    void aColumnIsPredictedFromTheOthers() throws IOException {
        RegressionJob job = new RegressionJob();
        Path out = folder.resolve("run");
        List<String> said = new ArrayList<>();
        Path data = table();
        job.run(
                job.standard()
                        .with("data", data.toString())
                        .with("steps", 600)
                        .with("learning_rate", 1e-2)
                        .with("ignore", "noise")
                        .with("hidden", "[16]"),
                CPU.silent().in(out).saying(said::add));
        assertThat(said.getLast()).matches("t: root mean square error 0\\.0.*, R² 0\\.99.*, on 20 rows .*");
        assertThat(out.resolve("predictions.png")).exists();
        said.clear();
        job.predict(SavedRun.open(out), data, 2, CPU.silent().saying(said::add));
        assertThat(said).hasSize(3).first().isEqualTo("t");
        double x = Double.parseDouble(Files.readAllLines(data).get(1).split(",")[1]);
        assertThat(Double.parseDouble(said.get(1))).isCloseTo(3 * Math.tanh(0.5 * x), within(0.15));
    }
}
