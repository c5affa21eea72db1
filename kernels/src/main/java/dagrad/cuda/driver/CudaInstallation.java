package dagrad.cuda.driver;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// What of CUDA is on this machine, and what is missing. Found without JCuda, whose natives end in a long text about
/// class loaders where a library is missing.
///
/// @param system `linux-x86_64`
public record CudaInstallation(String system, CudaDriver driver, CudaLibrary cublas, CudaLibrary nvrtc) {
    static final String SUPPORTED = "linux-x86_64";
    private static final CudaVersion OLDEST_DRIVER = new CudaVersion(12, 0);

    /// Something that keeps CUDA from being used.
    ///
    /// @param what is missing or wrong
    /// @param remedy what the user can do about it, in one sentence
    public record Problem(String what, String remedy) {
        @Override
        public String toString() {
            return what + "; " + remedy;
        }
    }

    /// Looks. The libraries that are found stay open.
    public static CudaInstallation find() {
        return Discovery.find();
    }

    /// As [#unavailable] of what [#find] finds, but without a look at the toolkit's large libraries where there is no
    /// driver.
    public static Optional<String> obstacle() {
        String system = Discovery.system();
        if (system.equals(SUPPORTED) && !Discovery.hasDriver()) {
            return Optional.of(noDriver("libcuda.so.1 is not found").toString());
        }
        return find().unavailable();
    }

    /// Whether the driver is the emulator, which is there for tests and never to be chosen by itself.
    public static boolean emulated() {
        return Discovery.isEmulated();
    }

    /// Why CUDA cannot be used, in one line that says what to do; empty if it can.
    public Optional<String> unavailable() {
        return problems().stream().findFirst().map(Problem::toString);
    }

    /// The cards that Dagrad can use.
    public List<CudaCard> usable() {
        return problems().isEmpty()
                ? cards().stream().filter(CudaCard::isSupported).toList()
                : List.of();
    }

    /// All cards that the driver shows.
    public List<CudaCard> cards() {
        return switch (driver) {
            case CudaDriver.Missing _, CudaDriver.Failing _ -> List.of();
            case CudaDriver.Working working -> working.cards();
        };
    }

    /// All that is missing or wrong, the most important first; empty if CUDA can be used.
    public List<Problem> problems() {
        if (!system.equals(SUPPORTED)) {
            return List.of(new Problem(
                    "CUDA is supported on Linux x86-64 alone, and this is " + system,
                    "use the CPU, or a Linux machine with an NVIDIA GPU"));
        }
        List<Problem> problems = new ArrayList<>(ofDriver());
        problems.addAll(ofLibrary("cuBLAS", cublas));
        problems.addAll(ofLibrary("NVRTC", nvrtc));
        return List.copyOf(problems);
    }

    private List<Problem> ofDriver() {
        return switch (driver) {
            case CudaDriver.Missing missing -> List.of(noDriver(missing.error()));
            case CudaDriver.Failing failing -> List.of(ofFailing(failing));
            case CudaDriver.Working working -> ofWorking(working);
        };
    }

    private static Problem noDriver(String error) {
        return new Problem(
                "there is no NVIDIA driver (" + error + ")",
                "install the NVIDIA driver, or in a container run with --gpus all");
    }

    /// The statuses that `cuInit` is documented to give, in CUDA's header `cuda.h`.
    private static Problem ofFailing(CudaDriver.Failing failing) {
        return switch (failing.status()) {
            case 34 ->
                new Problem(
                        "libcuda.so.1 is the toolkit's stub, not the driver",
                        "take the folder \"stubs\" out of LD_LIBRARY_PATH, or install the NVIDIA driver");
            case 100 -> noCard();
            case 802 ->
                new Problem(
                        "the GPUs' switch is not ready (CUDA_ERROR_SYSTEM_NOT_READY, 802)",
                        "start the service nvidia-fabricmanager of the driver's version");
            case 803 ->
                new Problem(
                        "libcuda.so.1 and the kernel's driver are of different versions (803)",
                        "restart the machine after an update of the driver; in a container, start it anew");
            case 804 ->
                new Problem(
                        "the CUDA compatibility package does not support this card (804)",
                        "take it out of LD_LIBRARY_PATH and update the NVIDIA driver");
            default ->
                new Problem(
                        "the NVIDIA driver does not start (cuInit answers " + failing.status() + ")",
                        "see that nvidia-smi works, and restart the machine if it does not");
        };
    }

    private static Problem noCard() {
        return new Problem(
                "the NVIDIA driver shows no GPU",
                "see that nvidia-smi lists one and that CUDA_VISIBLE_DEVICES does not hide it;"
                        + " in a container run with --gpus all");
    }

    private List<Problem> ofWorking(CudaDriver.Working working) {
        if (working.version().isBefore(OLDEST_DRIVER)) {
            return List.of(new Problem(
                    "the NVIDIA driver knows CUDA " + working.version() + ", and " + OLDEST_DRIVER + " is needed",
                    "update the driver to release 525 or newer"));
        }
        if (isBridged() && working.version().major() < 13) {
            return List.of(new Problem(
                    "the libraries are of CUDA 13, and the NVIDIA driver knows CUDA " + working.version(),
                    "update the driver to release 580 or newer, or install the libraries of CUDA 12"));
        }
        if (working.cards().isEmpty()) {
            return List.of(noCard());
        }
        if (working.cards().stream().noneMatch(CudaCard::isSupported)) {
            return List.of(new Problem(
                    working.cards().stream()
                                    .map(card -> card.name() + " has compute capability " + card.capability())
                                    .collect(Collectors.joining(", "))
                            + ", and " + CudaCard.OLDEST + " or higher is needed",
                    "use the CPU, or a card of the Turing generation (2018) or newer"));
        }
        return List.of();
    }

    private boolean isBridged() {
        return isBridged(cublas) || isBridged(nvrtc);
    }

    private static boolean isBridged(CudaLibrary library) {
        return switch (library) {
            case CudaLibrary.Found found -> found.bridged();
            case CudaLibrary.Missing _ -> false;
        };
    }

    private static List<Problem> ofLibrary(String name, CudaLibrary library) {
        return switch (library) {
            case CudaLibrary.Found _ -> List.of();
            case CudaLibrary.Missing missing ->
                List.of(new Problem(
                        name + " cannot be loaded (" + missing.error() + ")"
                                + missing.other()
                                        .map(file -> "; only " + file + " is there")
                                        .orElse(""),
                        "install " + packages(name)
                                + " (CUDA 12 or 13), or put the folder that has " + missing.file()
                                + " into LD_LIBRARY_PATH"));
        };
    }

    /// As NVIDIA's repository for Debian and Ubuntu names them.
    private static String packages(String name) {
        return name.equals("cuBLAS") ? "libcublas-12-6" : "cuda-nvrtc-12-6";
    }
}
