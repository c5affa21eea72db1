package dagrad.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.cuda.driver.CudaInstallation.Problem;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What a machine is told, whatever is on it.
class CudaInstallationTest {
    private static final String LINUX = "linux-x86_64";
    private static final CudaCard H100 = new CudaCard(0, "NVIDIA H100", new CudaVersion(9, 0), 80L << 30);
    private static final CudaCard GTX = new CudaCard(1, "GeForce GTX 1060", new CudaVersion(6, 1), 6L << 30);
    private static final CudaLibrary CUBLAS = new CudaLibrary.Found("libcublas.so.12", new CudaVersion(12, 6), false);
    private static final CudaLibrary NVRTC = new CudaLibrary.Found("libnvrtc.so.12", new CudaVersion(12, 6), false);
    private static final CudaLibrary NVRTC_13 = new CudaLibrary.Found("libnvrtc.so.13", new CudaVersion(13, 0), true);

    private static CudaDriver driver(int major, int minor, CudaCard... cards) {
        return new CudaDriver.Working(new CudaVersion(major, minor), Optional.of("550.54"), List.of(cards));
    }

    private static CudaLibrary missing(String file, String... other) {
        return new CudaLibrary.Missing(
                file, file + ": cannot open", Stream.of(other).findFirst());
    }

    @Test
    void allIsThere() {
        CudaInstallation found = new CudaInstallation(LINUX, driver(12, 4, H100, GTX), CUBLAS, NVRTC);
        assertThat(found.problems()).isEmpty();
        assertThat(found.unavailable()).isEmpty();
        assertThat(found.usable()).containsExactly(H100);
        assertThat(found.cards()).containsExactly(H100, GTX);
        assertThat(H100).hasToString("NVIDIA H100, compute capability 9.0, 80.0 GiB");
    }

    @Test
    void librariesOfCuda13NeedItsDriver() {
        assertThat(new CudaInstallation(LINUX, driver(13, 0, H100), CUBLAS, NVRTC_13).problems())
                .isEmpty();
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                Arguments.of(
                        new CudaInstallation("macos-aarch64", driver(12, 4, H100), CUBLAS, NVRTC),
                        "CUDA is supported on Linux x86-64 alone, and this is macos-aarch64",
                        "use the CPU, or a Linux machine with an NVIDIA GPU"),
                Arguments.of(
                        new CudaInstallation(LINUX, new CudaDriver.Missing("libcuda.so.1: none"), CUBLAS, NVRTC),
                        "there is no NVIDIA driver (libcuda.so.1: none)",
                        "install the NVIDIA driver, or in a container run with --gpus all"),
                Arguments.of(
                        new CudaInstallation(LINUX, driver(12, 4), CUBLAS, NVRTC),
                        "the NVIDIA driver shows no GPU",
                        "see that nvidia-smi lists one and that CUDA_VISIBLE_DEVICES does not hide it;"
                                + " in a container run with --gpus all"),
                Arguments.of(
                        new CudaInstallation(LINUX, driver(11, 4, H100), CUBLAS, NVRTC),
                        "the NVIDIA driver knows CUDA 11.4, and 12.0 is needed",
                        "update the driver to release 525 or newer"),
                Arguments.of(
                        new CudaInstallation(LINUX, driver(12, 4, H100), CUBLAS, NVRTC_13),
                        "the libraries are of CUDA 13, and the NVIDIA driver knows CUDA 12.4",
                        "update the driver to release 580 or newer, or install the libraries of CUDA 12"),
                Arguments.of(
                        new CudaInstallation(LINUX, driver(12, 4, GTX), CUBLAS, NVRTC),
                        "GeForce GTX 1060 has compute capability 6.1, and 7.5 or higher is needed",
                        "use the CPU, or a card of the Turing generation (2018) or newer"),
                Arguments.of(
                        new CudaInstallation(LINUX, driver(12, 4, H100), missing("libcublas.so.12"), NVRTC),
                        "cuBLAS cannot be loaded (libcublas.so.12: cannot open)",
                        "install libcublas-12-6 (CUDA 12 or 13), or put the folder that has libcublas.so.12 into"
                                + " LD_LIBRARY_PATH"),
                Arguments.of(
                        new CudaInstallation(
                                LINUX, driver(12, 4, H100), CUBLAS, missing("libnvrtc.so.12", "libnvrtc.so.11")),
                        "NVRTC cannot be loaded (libnvrtc.so.12: cannot open); only libnvrtc.so.11 is there",
                        "install cuda-nvrtc-12-6 (CUDA 12 or 13), or put the folder that has libnvrtc.so.12 into"
                                + " LD_LIBRARY_PATH"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aFaultHasOneRemedy(CudaInstallation found, String what, String remedy) {
        assertThat(found.problems()).containsExactly(new Problem(what, remedy));
        assertThat(found.unavailable()).hasValue(what + "; " + remedy);
        assertThat(found.usable()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "34, stub",
        "100, shows no GPU",
        "802, fabricmanager",
        "803, different versions",
        "804, compatibility package",
        "999, cuInit answers 999"
    })
    void aDriverThatDoesNotStart(int status, String text) {
        CudaDriver failing = new CudaDriver.Failing(Optional.of(new CudaVersion(12, 4)), status);
        assertThat(new CudaInstallation(LINUX, failing, CUBLAS, NVRTC).unavailable())
                .hasValueSatisfying(line -> assertThat(line).contains(text));
    }

    @Test
    void allThatIsMissingIsTold() {
        CudaInstallation bare = new CudaInstallation(
                LINUX,
                new CudaDriver.Missing("libcuda.so.1: none"),
                missing("libcublas.so.12"),
                missing("libnvrtc.so.12"));
        assertThat(bare.problems())
                .extracting(Problem::remedy)
                .containsExactly(
                        "install the NVIDIA driver, or in a container run with --gpus all",
                        "install libcublas-12-6 (CUDA 12 or 13), or put the folder that has libcublas.so.12 into"
                                + " LD_LIBRARY_PATH",
                        "install cuda-nvrtc-12-6 (CUDA 12 or 13), or put the folder that has libnvrtc.so.12 into"
                                + " LD_LIBRARY_PATH");
    }

    @Test
    void thisMachineIsDescribed() {
        CudaInstallation found = CudaInstallation.find();
        assertThat(found.system()).matches("[a-z]+-[a-z0-9_]+");
        assertThat(CudaInstallation.obstacle().isPresent())
                .isEqualTo(found.unavailable().isPresent());
    }
}
