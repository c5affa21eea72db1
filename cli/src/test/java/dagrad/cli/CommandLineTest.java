package dagrad.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dagrad.cuda.driver.CudaInstallation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The command line as a person meets it: what it prints, and the exit code.
final class CommandLineTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    Path folder;

    private int run(String... arguments) {
        return Main.run(
                new Output(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8)),
                arguments);
    }

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }

    /// But for the line about CUDA on a machine that has none.
    private String remarked() {
        return err.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.startsWith("cuda is not used: "))
                .collect(Collectors.joining("\n"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    bench mlp --threads 0             | --threads must be 1 or more, not 0
                    bench nosuch                      | there is no workload "nosuch"
                    bench mlp --device abacus         | there is no device "abacus"; there are auto, c
                    train shoes                       | there is no job "shoes"; there are names, fashion, regression, network
                    train fashoin                     | there is no job "fashoin"; did you mean "fashion"?
                    train names --batch 0             | batch must be a whole number from 1 to 2147483647, not 0
                    train names --steps -1            | steps must be a whole number from 0
                    train names --set bacth=3         | there is no hyperparameter "bacth"; did you mean "batch"?
                    train names --set batch           | --set takes NAME=VALUE, such as --set batch=64, not batch
                    train names --config nosuch.yaml  | there is no file nosuch.yaml that can be read
                    train names --out a --no-out      | --out and --no-out exclude each other
                    train names --steps 5 --epochs 1  | --steps and --epochs exclude each other
                    train names --lr -1               | learning_rate must be a number above 0.0, not -1.0
                    train names --flavour mild        | Unknown option
                    plan nosuch                       | there is no model "nosuch" and no file of that name
                    explain nosuch.json               | there is no file nosuch.json that can be read
                    grad nosuch.json                  | --inputs FILE is missing
                    sample nosuch                     | nosuch
                    predict nosuch                    | --data FILE is missing
                    """)
    void badInputIsOneLineAndExitCodeTwo(String line, String message) {
        assertThat(run(line.strip().split(" +"))).isEqualTo(2);
        assertThat(remarked().strip()).startsWith("dagrad: ").contains(message).hasLineCount(1);
        assertThat(printed()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "train",
                "sample",
                "predict",
                "plan",
                "check",
                "explain",
                "grad",
                "bench",
                "devices",
                "doctor",
                "gpu-check",
                "completion",
                "man",
                "watch",
                "tensorboard",
                "profile"
            })
    void everyCommandHelps(String command) {
        assertThat(run(command, "--help")).isZero();
        assertThat(printed()).contains("Usage: dagrad " + command, "--help");
    }

    /// Every command and every option of each.
    @Test
    void theManualPageIsComplete() {
        assertThat(run("man")).isZero();
        String page = printed();
        assertThat(page).startsWith(".TH DAGRAD 1 ").contains(".SH EXIT STATUS\n", ".SH ENVIRONMENT\n");
        Main.commandLine().getSubcommands().forEach((name, command) -> {
            assertThat(page).contains(".SS \"dagrad " + name);
            command.getCommandSpec()
                    .options()
                    .forEach(option ->
                            assertThat(page).contains(option.longestName().replace("-", "\\-")));
        });
    }

    @Test
    void theShellCompletes() throws IOException, InterruptedException {
        assertThat(run("completion")).isZero();
        assertThat(printed()).contains("complete -F _complete_dagrad", "verify-resume", "--checkpoint-every");
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")));
        Path script = Files.writeString(folder.resolve("completion.bash"), printed());
        Process bash = new ProcessBuilder("/bin/bash", "-n", script.toString())
                .redirectErrorStream(true)
                .start();
        assertThat(new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEmpty();
        assertThat(bash.waitFor()).isZero();
    }

    @Test
    void aCheckThatAgreesIsZero() {
        Path page = folder.resolve("check.html");
        Path json = folder.resolve("check.json");
        assertThat(run("check", "tinygraph", "--threads", "1", "--html", page.toString(), "--json", json.toString()))
                .isZero();
        assertThat(printed()).contains("all agree");
        assertThat(page).content().contains("<h1>Check of tinygraph</h1>");
        assertThat(json).content().contains("\"agrees\" : true");
    }

    @Test
    void aDoctorTellsWhatThereIsAndTriesIt() {
        assertThat(run("doctor")).isZero();
        assertThat(printed())
                .contains("Java       " + System.getProperty("java.version"))
                .containsPattern("(?m)^driver     ")
                .containsPattern("(?m)^cuBLAS     ")
                .containsPattern("(?m)^NVRTC      ")
                .containsPattern("(?m)^cpu        .*: works$")
                .containsPattern("(?m)^reference  .*: works$");
    }

    @Test
    void aGpuIsListedAndTried() {
        assumeTrue(
                CudaInstallation.find().problems().isEmpty(),
                "there is no GPU, and the CUDA emulator is not built: g++ is missing");
        assertThat(run("doctor")).isZero();
        assertThat(printed())
                .containsPattern("(?m)^driver     .*for CUDA 1\\d\\.\\d+$")
                .containsPattern("(?m)^GPU 0      .*, compute capability \\d+\\.\\d, \\d+\\.\\d GiB$")
                .containsPattern("(?m)^cuda       cuda:0 .*: works$")
                .doesNotContain("what keeps CUDA from being used");
        out.reset();
        assertThat(run("devices")).isZero();
        assertThat(printed())
                .containsPattern("(?m)^cuda       cuda:0 ")
                .containsPattern("(?m)^GPU 0      .*, compute capability ")
                .containsPattern("(?m)^driver     ");
    }

    @Test
    void aPlanIsPricedBeforeAnythingRuns() {
        assertThat(run("plan", "tinygraph", "--launches")).isZero();
        assertThat(printed()).contains("plan of ", "launches", "operations", "parameter", "arena");
    }

    @Test
    void aDamagedGraphNamesTheNodeAndLeavesNoResult() throws IOException {
        Path graph = folder.resolve("graph.json");
        Files.writeString(graph, """
                {"format": "dagrad-graph", "version": 1,
                 "nodes": [{"op": "input", "name": "x", "shape": [2]}, {"op": "expp", "in": ["x"]}],
                 "outputs": {"loss": 1}}
                """);
        Path result = folder.resolve("out.safetensors");
        assertThat(run("grad", graph.toString(), "--inputs", graph.toString(), "--out", result.toString()))
                .isEqualTo(2);
        assertThat(remarked()).contains("expp").hasLineCount(1);
        assertThat(result).doesNotExist();
    }
}
