package dagrad.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dagrad.cuda.driver.CudaInstallation;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A GPU that is gone in the middle of a training: the error says so, and the run goes on from its last checkpoint, on
/// the CPU too.
final class LostDeviceTest {
    @TempDir
    Path folder;

    private record Ended(int exit, String output) {}

    private Ended dagrad(Map<String, String> environment, String... arguments) throws IOException {
        File output = folder.resolve("output").toFile();
        ProcessBuilder builder = new ProcessBuilder(Child.dagrad(List.of(), List.of(arguments)))
                .redirectErrorStream(true)
                .redirectOutput(output);
        builder.environment().putAll(environment);
        int exit = builder.start().onExit().join().exitValue();
        return new Ended(exit, Files.readString(output.toPath()));
    }

    @Test
    void aTrainingIsResumedWhereItsDeviceWasLost() throws IOException {
        assumeTrue(
                CudaInstallation.emulated()
                        && CudaInstallation.find().problems().isEmpty(),
                "a GPU is not lost on request, and the CUDA emulator is not built: g++ is missing");
        String run = folder.resolve("run").toString();
        List<String> train = new ArrayList<>(List.of("train", "names", "--out", run, "--steps", "12"));
        train.addAll(List.of("--checkpoint-every", "5", "--device", "cuda"));
        Ended lost = dagrad(Map.of("DAGRAD_EMU_LOST_AFTER", "700"), train.toArray(String[]::new));
        assertThat(lost.exit()).as(lost.output()).isEqualTo(2);
        assertThat(lost.output())
                .containsPattern("dagrad: .*CUDA_ERROR_DEVICE_UNAVAILABLE \\(46\\), the GPU is lost")
                .doesNotContain("\tat ");
        assertThat(folder.resolve("run/weights.safetensors")).doesNotExist();

        Ended resumed = dagrad(Map.of(), "train", "names", "--out", run, "--resume", "--device", "cpu");
        assertThat(resumed.exit()).as(resumed.output()).isZero();
        assertThat(resumed.output()).containsPattern("going on after step [1-9]");
        assertThat(folder.resolve("run/weights.safetensors")).exists();
    }
}
