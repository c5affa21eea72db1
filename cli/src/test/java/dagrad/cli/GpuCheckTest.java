package dagrad.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dagrad.cuda.driver.CudaInstallation;
import dagrad.precision.Precision;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The check of a GPU, with one step of each kind and a Python of our own.
final class GpuCheckTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @TempDir
    Path folder;

    /// A program that answers as `python3 gpu-check-torch.py` does where there is PyTorch; compiling fails.
    private Path python() throws IOException {
        Path python = folder.resolve("python");
        Files.writeString(python, """
                #!/bin/sh
                case " $* " in
                *' --version '*) echo 'torch of the test' ;;
                *' compiled '*) echo 'no compiler' >&2; exit 1 ;;
                *) echo '{"median_step_ms": 1.5, "items_per_s": 4321.0, "unit": "GB/s"}' ;;
                esac
                """);
        assertThat(python.toFile().setExecutable(true)).isTrue();
        return python;
    }

    @Test
    void aStepThatFailsIsNamedAndTheOthersAreTaken() throws IOException {
        assumeTrue(
                CudaInstallation.find().problems().isEmpty(),
                "there is no GPU, and the CUDA emulator is not built: g++ is missing");
        Agenda agenda = new Agenda(
                List.of("neg", "matmul"),
                List.of("tinygraph"),
                List.of(Precision.F32),
                List.of("tinygraph"),
                2,
                List.of(
                        Agenda.Benchmark.of("nosuch", Precision.F32, "--small"),
                        Agenda.Benchmark.of("copy", Precision.F32, "--small")),
                0);
        Optional<Torch> torch = Torch.find(python().toString(), Path.of("script"));
        Output output = new Output(new PrintStream(out, true, StandardCharsets.UTF_8), System.err);
        GpuCheck.Result result = new GpuCheck(agenda, torch, output).run();

        assertThat(result.failed()).containsExactly("benchmark nosuch f32");
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("there is no workload \"nosuch\"", "no compiler")
                .containsPattern("doctor +passed")
                .containsPattern("parity operations +passed")
                .containsPattern("f32 +2 +\\d+ +\\d+ +0\\.\\d+ +matmul\\(.*gradient/in")
                .containsPattern("bf16 +2 +\\d+ +\\d+ +0")
                .containsPattern("parity tinygraph f32 +passed")
                .containsPattern("determinism tinygraph f32 +passed")
                .containsPattern("determinism training f32 +passed")
                .containsPattern("benchmark nosuch f32 +FAILED")
                .containsPattern("benchmark copy f32 +passed");
        assertThat(result.passed()).isGreaterThanOrEqualTo(6);
        assertThat(result.skipped()).contains("PyTorch compiled copy f32: it fails");
        assertThat(String.join("\n", result.figures().toLines()))
                .containsPattern("(?m)^PyTorch +torch of the test$")
                .containsPattern("(?m)^copy f32 +\\d.* GB/s +4,321\\.0 +-$")
                .containsPattern("(?m)^nosuch f32 +- +- +4,321\\.0 +-$");
        var copy = result.figures().toJson().path("benchmarks").path(1);
        assertThat(copy.path("dagrad").path("unit").asString()).isEqualTo("GB/s");
        assertThat(copy.path("torch_eager").path("items_per_s").asDouble()).isEqualTo(4321);
    }

    @Test
    void aProgramThatTakesTooLongIsEnded() {
        Child child = Child.run(List.of("sleep", "60"), Duration.ofSeconds(1));
        assertThat(child.exit()).isEqualTo(Child.OVERDUE);
        assertThat(child.lastWords()).contains("it took too long and was ended");
    }

    @Test
    void withoutPythonThereIsNoTorch() {
        assertThat(Torch.find(folder.resolve("nosuch").toString(), Path.of("script")))
                .isEmpty();
    }
}
