package dagrad.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dagrad.backend.DeviceException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// JCuda's natives, the bridge, and what is told where something is missing: each in a JVM of its own, with the
/// emulator's libraries in folders as machines have them.
class NativesTest {
    private static final Path EMULATOR = Path.of("target", "emulator").toAbsolutePath();
    private static final Path EMULATOR_13 = EMULATOR.resolve("cuda13");

    /// tanh of {{-1.75, -0.75}, {1.5, -1.9375}}
    private static final String ANSWER = "[-0.9414, -0.6351, 0.9051, -0.9593]";

    @TempDir
    private Path folder;

    private Path cache;
    private Path temporary;

    @BeforeEach
    void emulatorIsBuilt() throws IOException {
        assumeTrue(Files.exists(EMULATOR.resolve("libcuda.so.1")), "the CUDA emulator is not built: g++ is missing");
        cache = folder.resolve("cache");
        temporary = Files.createDirectory(folder.resolve("temporary"));
    }

    private ChildJvm jvm(Path libraries) {
        return new ChildJvm(libraries).with("XDG_CACHE_HOME", cache.toString()).option("-Djava.io.tmpdir=" + temporary);
    }

    private Path planted() throws IOException {
        return Files.writeString(
                temporary.resolve("libJCudaDriver-12.6.0-linux-x86_64.so"), "what someone else has put there");
    }

    @Test
    void whatLiesInTheTemporaryFolderIsNotTouched() throws IOException {
        Path planted = planted();
        assertThat(jvm(EMULATOR).run("compute")).isEqualTo(ANSWER);
        assertThat(planted).hasContent("what someone else has put there");
        assertThat(temporary).isDirectoryNotContaining("glob:**libJ[NC]*{las,vrtc}*");
        try (Stream<Path> libraries = Files.list(cache.resolve("dagrad/natives"))) {
            assertThat(libraries)
                    .hasSize(3)
                    .allSatisfy(library ->
                            assertThat(library.getFileName().toString()).matches("[0-9a-f]{64}"));
        }
    }

    @Test
    void twoProcessesUnpackAtOnce() throws IOException, InterruptedException {
        List<Process> both =
                List.of(jvm(EMULATOR).start("compute"), jvm(EMULATOR).start("compute"));
        for (Process process : both) {
            String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(printed.strip()).isEqualTo(ANSWER);
            assertThat(process.waitFor()).isZero();
        }
    }

    @Test
    void aCacheThatCannotBeWrittenIsDoneWithout() {
        assertThat(jvm(EMULATOR).with("XDG_CACHE_HOME", "/proc/none").run("compute"))
                .isEqualTo(ANSWER);
        assertThat(temporary).isDirectoryNotContaining("glob:**dagrad-natives*");
    }

    @Test
    void librariesOfCuda13ServeThroughTheBridge() {
        assumeTrue(Bridge.isPacked(), "the bridge is not built: gcc is missing");
        assertThat(jvm(EMULATOR_13).run("compute")).isEqualTo(ANSWER);
    }

    @Test
    void theToolkitsFolderIsLookedAt() throws IOException {
        Path libraries = copy(folder.resolve("driver"), EMULATOR, "libcuda.so.1");
        copy(folder.resolve("toolkit/lib64"), EMULATOR, "libcublas.so.12", "libnvrtc.so.12");
        assertThat(jvm(libraries)
                        .with("CUDA_HOME", folder.resolve("toolkit").toString())
                        .run("compute"))
                .isEqualTo(ANSWER);
    }

    @Test
    void aPackedLibraryIsItsDigests() {
        assumeTrue(Bridge.isPacked(), "the bridge is not built: gcc is missing");
        assertThat(Bridge.library("libcublas.so.12").content()).isNotEmpty();
        assertThat(Bridge.library("libnvrtc.so.12").content()).isNotEmpty();
    }

    @Test
    void aDamagedBridgeIsRefused() {
        UnpackedLibrary library = new UnpackedLibrary("libcublas.so.12", new byte[] {1, 2, 3});
        String line = library.sha256() + "  libcublas.so.12";
        assertThat(Bridge.verified(library, List.of(line))).isSameAs(library);
        UnpackedLibrary damaged = new UnpackedLibrary("libcublas.so.12", new byte[] {1, 2, 4});
        assertThatThrownBy(() -> Bridge.verified(damaged, List.of(line)))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("the bridge libcublas.so.12 is not as it was built");
    }

    /// A cuBLAS 13 that knows its version and nothing else.
    @Test
    void aFunctionThatTheBridgeDoesNotFindIsNamed() throws IOException, InterruptedException {
        assumeTrue(Bridge.isPacked(), "the bridge is not built: gcc is missing");
        Path machine = copy(folder.resolve("machine"), EMULATOR_13, "libcuda.so.1", "libnvrtc.so.13");
        Path source = Files.writeString(folder.resolve("cublas.c"), """
                int cublasGetProperty(int type, int *value) {
                    *value = type == 0 ? 13 : 0;
                    return 0;
                }
                """);
        Process compiler = new ProcessBuilder(
                        "gcc",
                        "-shared",
                        "-fPIC",
                        "-Wl,-soname,libcublas.so.13",
                        source.toString(),
                        "-o",
                        machine.resolve("libcublas.so.13").toString())
                .start();
        assertThat(compiler.waitFor()).isZero();
        assertThat(jvm(machine).run("compute"))
                .contains("dagrad: libcublas.so.13 has no cublasCreate_v2; install the libraries of CUDA 12")
                .contains("CUBLAS_STATUS_NOT_SUPPORTED");
    }

    /// Machines by the libraries they have; the last column begins the line that they are told.
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            none                                                 | there is no NVIDIA driver (libcuda.so.1 is not found); install the NVIDIA driver
            libcublas.so.12 libnvrtc.so.12                       | there is no NVIDIA driver (libcuda.so.1 is not found); install the NVIDIA driver
            libcuda.so.1                                         | cuBLAS cannot be loaded (libcublas.so.12: cannot open shared object file
            libcuda.so.1 libcublas.so.12                         | NVRTC cannot be loaded (libnvrtc.so.12: cannot open shared object file
            libcuda.so.1 libnvrtc.so.12                          | cuBLAS cannot be loaded (libcublas.so.12: cannot open shared object file
            libcuda.so.1 libcublas.so.12 libnvrtc.so.12          | usable
            libcuda.so.1 cuda13/libcublas.so.13 libnvrtc.so.12   | the libraries are of CUDA 13, and the NVIDIA driver knows CUDA 12
            cuda13/libcuda.so.1 cuda13/libcublas.so.13 libnvrtc.so.12 | usable
            """)
    void whatIsMissingIsNamed(String libraries, String line) throws IOException {
        assumeTrue(Bridge.isPacked(), "the bridge is not built: gcc is missing");
        Path machine = copy(
                folder.resolve("machine"), EMULATOR, libraries.equals("none") ? new String[0] : libraries.split(" "));
        assertThat(jvm(machine).run("find")).startsWith(line).hasLineCount(1);
    }

    @Test
    void onlyAnOlderVersionIsNamed() throws IOException {
        Path machine = copy(folder.resolve("machine"), EMULATOR, "libcuda.so.1", "libnvrtc.so.12");
        Files.copy(EMULATOR.resolve("libcublas.so.12"), machine.resolve("libcublas.so.11"));
        assertThat(jvm(machine).run("find")).contains("; only libcublas.so.11 is there; install libcublas-12-6");
    }

    @Test
    void aFileThatIsNoLibraryIsNamed() throws IOException {
        Path machine = copy(folder.resolve("machine"), EMULATOR, "libcuda.so.1", "libnvrtc.so.12");
        Files.writeString(machine.resolve("libcublas.so.12"), "x".repeat(1000));
        assertThat(jvm(machine).run("find"))
                .contains("cuBLAS cannot be loaded (")
                .contains("libcublas.so.12: invalid ELF header");
    }

    @Test
    void cardsThatAreNotThereOrTooOld() {
        assertThat(jvm(EMULATOR).with("DAGRAD_EMU_DEVICES", "0").run("find"))
                .startsWith("the NVIDIA driver shows no GPU; see that nvidia-smi lists one");
        assertThat(jvm(EMULATOR).with("DAGRAD_EMU_ARCH", "60").run("find"))
                .contains(" has compute capability 6.0, and 7.5 or higher is needed; use the CPU");
    }

    private static Path copy(Path machine, Path from, String... libraries) throws IOException {
        Files.createDirectories(machine);
        for (String library : libraries) {
            Path file = from.resolve(library);
            Files.copy(file, machine.resolve(file.getFileName()));
        }
        return machine;
    }
}
