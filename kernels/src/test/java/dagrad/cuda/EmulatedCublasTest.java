package dagrad.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The emulated cuBLAS against loops in double: `emulator/test/cublas_test.cpp`, compiled and run.
class EmulatedCublasTest {
    private static final Path EMULATOR = Path.of("target", "emulator").toAbsolutePath();

    @TempDir
    private Path folder;

    @Test
    void computesWhatPlainLoopsCompute() throws IOException, InterruptedException {
        assumeTrue(Files.exists(EMULATOR.resolve("libcuda.so.1")), "the CUDA emulator is not built: g++ is missing");
        String program = folder.resolve("cublas_test").toString();
        assertThat(run(
                        "g++",
                        "-std=c++17",
                        "-O1",
                        "-Wall",
                        "-Wextra",
                        "-Werror",
                        "-Iemulator/include",
                        "-Iemulator/src",
                        "emulator/test/cublas_test.cpp",
                        EMULATOR.resolve("libcublas.so.12").toString(),
                        EMULATOR.resolve("libcuda.so.1").toString(),
                        "-o",
                        program))
                .isEmpty();
        assertThat(run(program)).endsWith("cuBLAS: all good\n").doesNotContain("FAILED");
    }

    private static String run(String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(List.of(command)).redirectErrorStream(true);
        builder.environment().put("LD_LIBRARY_PATH", EMULATOR.toString());
        Process process = builder.start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
        return printed;
    }
}
