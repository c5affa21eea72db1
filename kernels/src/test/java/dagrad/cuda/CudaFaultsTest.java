package dagrad.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/// What a user reads when a GPU, a kernel or the cache fails, and that nothing is left behind. Each in a process of its
/// own, with the emulator made to fail.
@EnabledIf("dagrad.cuda.Emulator#isThere")
class CudaFaultsTest {
    private static final String LOST_AFTER = "DAGRAD_EMU_LOST_AFTER";

    @TempDir
    Path cache;

    private Child start(Map<String, String> environment, List<String> properties, String... arguments)
            throws IOException {
        Map<String, String> all = new HashMap<>(environment);
        all.put("DAGRAD_CACHE", cache.toString());
        return Child.start(Scenario.class, all, properties, arguments);
    }

    private String run(Map<String, String> environment, List<String> properties, String... arguments)
            throws IOException, InterruptedException {
        try (Child child = start(environment, properties, arguments)) {
            Child.Result result = child.result();
            assertThat(result.exit()).as(result.output()).isZero();
            // A lost device has nothing left to give back, and takes nothing.
            if (!environment.containsKey(LOST_AFTER)) {
                assertThat(result.output()).doesNotContain("left: ");
            }
            return result.output();
        }
    }

    @Test
    void aCardThatIsTooOldIsRefused() throws Exception {
        assertThat(run(Map.of("DAGRAD_EMU_ARCH", "60"), List.of(), "provider"))
                .contains("unavailable: ")
                .contains("6.0")
                .contains("7.5")
                .contains("error: ")
                .doesNotContain("opened: ");
    }

    @Test
    void aMachineWithoutACardSaysSo() throws Exception {
        assertThat(run(Map.of("DAGRAD_EMU_DEVICES", "0"), List.of(), "provider"))
                .contains("unavailable: ")
                .doesNotContain("unavailable: no\n")
                .doesNotContain("opened: ");
    }

    @Test
    void aDeviceThatVanishesBetweenStepsIsAnErrorThatSaysWhat() throws Exception {
        assertThat(run(Map.of(LOST_AFTER, "6"), List.of(), "train"))
                .contains("step 1")
                .doesNotContain("step 20\n")
                .containsPattern("error: cannot .*: CUDA_ERROR_DEVICE_UNAVAILABLE \\(46\\), the GPU is lost");
    }

    @Test
    void aKernelThatFailsIsNamedWhenLaunchesRunOneByOne() throws Exception {
        String whole = run(Map.of(), List.of(), "kernel", "__trap();");
        assertThat(whole).contains("error: cannot ").contains("un again with -Ddagrad.cuda.graph=off");
        String apart = run(Map.of(), List.of("dagrad.cuda.graph=off"), "kernel", "__trap();");
        assertThat(apart).containsPattern("error: launch 0, matmul.*: cannot ");
    }

    @Test
    void aKernelThatDoesNotCompileIsShownWithItsLines() throws Exception {
        assertThat(run(Map.of(), List.of(), "kernel", "arena[0] = surely_not_there;"))
                .contains("error: NVRTC")
                .contains("does not compile generated-0.cu (--gpu-architecture=sm_90 --std=c++17)")
                .containsPattern("\\d+> extern \"C\" __global__ void own.*surely_not_there");
    }

    @Test
    void compiledCodeIsKeptAndDamagedCodeCompiledAnew() throws Exception {
        String body = "if (threadIdx.x == 0) arena[0] = 1.0f;";
        assertThat(run(Map.of(), List.of(), "kernel", body)).contains("compiled: 1");
        assertThat(run(Map.of(), List.of(), "kernel", body)).contains("compiled: 0");
        try (Stream<Path> files = Files.list(cache.resolve("cuda"))) {
            Path file = files.findFirst().orElseThrow();
            byte[] content = Files.readAllBytes(file);
            content[content.length / 2] ^= 1;
            Files.write(file, content);
        }
        assertThat(run(Map.of(), List.of(), "kernel", body)).contains("compiled: 1");
        assertThat(run(Map.of(), List.of(), "kernel", body)).contains("compiled: 0");
    }

    @Test
    void processesMayCompileTheSameAtOnce() throws Exception {
        String body = "if (threadIdx.x == 0) arena[0] = 2.0f;";
        try (Child one = start(Map.of(), List.of(), "kernel", body);
                Child two = start(Map.of(), List.of(), "kernel", body)) {
            assertThat(one.result().output()).contains("y: ");
            assertThat(two.result().output()).contains("y: ");
        }
        assertThat(run(Map.of(), List.of(), "kernel", body)).contains("compiled: 0");
    }
}
