package dagrad.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The tutorial's example does what the tutorial says, and the tutorial shows it as it is.
final class TutorialTest {
    private static final Path ROOT = Path.of(System.getProperty("user.dir")).getParent();
    private static final Path EXAMPLE = ROOT.resolve("examples/Quantiles.java");
    private static final String SHARES = "below the curves: ";

    /// Run as a reader of the tutorial does: from its source.
    @Test
    void theCurvesHoldTheSharesTheyPromise(@TempDir Path temporary) throws IOException, InterruptedException {
        Path folder = temporary.resolve("run");
        Path output = temporary.resolve("output.txt");
        Process java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                                .filter(entry -> !entry.endsWith("test-classes"))
                                .collect(Collectors.joining(File.pathSeparator)),
                        EXAMPLE.toString(),
                        folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        String said = java.waitFor() + "\n" + Files.readString(output);
        assertThat(said).startsWith("0\n").contains("\nall agree\n", SHARES);
        double[] shares = Stream.of(said.substring(said.indexOf(SHARES) + SHARES.length())
                        .strip()
                        .replaceAll("[\\[\\]]", "")
                        .split(", "))
                .mapToDouble(Double::parseDouble)
                .toArray();
        assertThat(shares).hasSize(3);
        assertThat(shares[0]).isBetween(0.03, 0.07);
        assertThat(shares[1]).isBetween(0.47, 0.53);
        assertThat(shares[2]).isBetween(0.93, 0.97);
        assertThat(folder)
                .isDirectoryContaining("glob:**/config.json")
                .isDirectoryContaining("glob:**/metrics.jsonl")
                .isDirectoryContaining("glob:**/learning_curve.png")
                .isDirectoryContaining("glob:**/weights.safetensors");
    }

    @ParameterizedTest
    @ValueSource(strings = {"model", "data", "check", "train", "use", "main"})
    void theTutorialShowsTheCode(String part) throws IOException {
        String source = Files.readString(EXAMPLE);
        String begin = "// " + part + " begins\n";
        String code = source.substring(source.indexOf(begin) + begin.length(), source.indexOf("// " + part + " ends"));
        assertThat(Files.readString(ROOT.resolve("docs/tutorial.md"))).contains("```java\n" + code + "```\n");
    }

    @Test
    void theNetworkIsFortyLines() throws IOException {
        String source = Files.readString(EXAMPLE);
        String model = source.substring(source.indexOf("// model begins\n"), source.indexOf("// model ends"));
        assertThat(model.lines().count() - 1).isLessThanOrEqualTo(40);
    }
}
