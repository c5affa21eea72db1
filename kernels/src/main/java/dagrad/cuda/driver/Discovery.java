package dagrad.cuda.driver;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Asks the machine. Calls the libraries' own functions, those that need no context.
final class Discovery {
    private static final String DRIVER = "libcuda.so.1";

    /// The version whose names JCuda's natives ask for; the one that the bridge reaches; those that can only be told
    /// of.
    private static final int NATIVE = 12;

    private static final int BRIDGED = 13;
    private static final List<Integer> OTHERS = List.of(BRIDGED, 14, 11, 10);

    private static final int NAME_BYTES = 256;
    private static final int CAPABILITY_MAJOR = 75; // CUdevice_attribute, in cuda.h
    private static final int CAPABILITY_MINOR = 76;

    private Discovery() {}

    static CudaInstallation find() {
        String system = system();
        if (!system.equals(CudaInstallation.SUPPORTED)) {
            String error = "not looked for";
            return new CudaInstallation(
                    system,
                    new CudaDriver.Missing(error),
                    new CudaLibrary.Missing("libcublas", error, Optional.empty()),
                    new CudaLibrary.Missing("libnvrtc", error, Optional.empty()));
        }
        return new CudaInstallation(
                system,
                driver(),
                library("libcublas.so.", List.of("libcublasLt.so."), Discovery::cublasVersion),
                library("libnvrtc.so.", List.of(), Discovery::nvrtcVersion));
    }

    /// `linux-x86_64`
    static String system() {
        String os = System.getProperty("os.name");
        String arch = System.getProperty("os.arch");
        return (os.startsWith("Mac") ? "macos" : os.split(" ")[0].toLowerCase(Locale.ROOT))
                + "-"
                + (arch.equals("amd64") ? "x86_64" : arch);
    }

    /// Whether there is a driver, working or not. Far quicker than [#find].
    static boolean hasDriver() {
        return DynamicLibrary.open(DRIVER).isPresent();
    }

    /// Whether the driver has what only the emulator has.
    static boolean isEmulated() {
        return DynamicLibrary.open(DRIVER)
                .flatMap(cuda -> cuda.symbols().find("dagrad_emu_counters"))
                .isPresent();
    }

    private static CudaDriver driver() {
        Optional<DynamicLibrary> found = DynamicLibrary.open(DRIVER);
        if (found.isEmpty()) {
            return new CudaDriver.Missing(DynamicLibrary.error(DRIVER));
        }
        DynamicLibrary cuda = found.get();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment version = arena.allocate(JAVA_INT);
            boolean told = cuda.call("cuDriverGetVersion", version) == 0;
            CudaVersion known = CudaVersion.ofDriver(version.get(JAVA_INT, 0));
            int status = cuda.call("cuInit", 0);
            return told && status == 0
                    ? new CudaDriver.Working(known, release(), cards(cuda))
                    : new CudaDriver.Failing(told ? Optional.of(known) : Optional.empty(), status);
        }
    }

    private static List<CudaCard> cards(DynamicLibrary cuda) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment number = arena.allocate(JAVA_INT);
            return cuda.call("cuDeviceGetCount", number) != 0
                    ? List.of()
                    : IntStream.range(0, number.get(JAVA_INT, 0))
                            .mapToObj(ordinal -> card(cuda, ordinal))
                            .flatMap(Optional::stream)
                            .toList();
        }
    }

    /// @return empty if the driver counts the card but does not describe it
    private static Optional<CudaCard> card(DynamicLibrary cuda, int ordinal) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment device = arena.allocate(JAVA_INT);
            MemorySegment name = arena.allocate(NAME_BYTES);
            MemorySegment memory = arena.allocate(JAVA_LONG);
            MemorySegment major = arena.allocate(JAVA_INT);
            MemorySegment minor = arena.allocate(JAVA_INT);
            if (cuda.call("cuDeviceGet", device, ordinal) != 0) {
                return Optional.empty();
            }
            int handle = device.get(JAVA_INT, 0);
            boolean told = cuda.call("cuDeviceGetName", name, NAME_BYTES, handle) == 0
                    && cuda.call("cuDeviceTotalMem_v2", memory, handle) == 0
                    && cuda.call("cuDeviceGetAttribute", major, CAPABILITY_MAJOR, handle) == 0
                    && cuda.call("cuDeviceGetAttribute", minor, CAPABILITY_MINOR, handle) == 0;
            CudaVersion capability = new CudaVersion(major.get(JAVA_INT, 0), minor.get(JAVA_INT, 0));
            return told
                    ? Optional.of(new CudaCard(ordinal, name.getString(0), capability, memory.get(JAVA_LONG, 0)))
                    : Optional.empty();
        }
    }

    /// The driver's own release, from its kernel module.
    private static Optional<String> release() {
        try {
            return Optional.of(
                    Files.readString(Path.of("/sys/module/nvidia/version")).strip());
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    /// Finds a library, or tells what is there instead.
    ///
    /// @param name up to the version, `libcublas.so.`
    /// @param needed what it needs from its own folder, where the linker may not look by itself
    private static CudaLibrary library(
            String name, List<String> needed, Function<DynamicLibrary, Optional<CudaVersion>> version) {
        for (int major : Bridge.isPacked() ? List.of(NATIVE, BRIDGED) : List.of(NATIVE)) {
            Optional<DynamicLibrary> open =
                    open(name + major, needed.stream().map(n -> n + major).toList());
            if (open.isPresent()) {
                return new CudaLibrary.Found(
                        open.get().file(),
                        version.apply(open.get()).orElse(new CudaVersion(major, 0)),
                        major == BRIDGED);
            }
        }
        Optional<String> other = OTHERS.stream()
                .map(major -> name + major)
                .filter(file -> open(file, List.of()).isPresent())
                .findFirst();
        return new CudaLibrary.Missing(name + NATIVE, DynamicLibrary.error(name + NATIVE), other);
    }

    /// Opens a library where the linker finds it, or else in the folders of the toolkit.
    private static Optional<DynamicLibrary> open(String file, List<String> needed) {
        return DynamicLibrary.open(file)
                .or(() -> folders()
                        .filter(folder -> Files.exists(folder.resolve(file)))
                        .flatMap(folder -> {
                            needed.forEach(before ->
                                    DynamicLibrary.open(folder.resolve(before).toString()));
                            return DynamicLibrary.open(folder.resolve(file).toString()).stream();
                        })
                        .findFirst());
    }

    private static Stream<Path> folders() {
        return Stream.of(System.getenv("CUDA_HOME"), System.getenv("CUDA_PATH"), "/usr/local/cuda")
                .filter(Objects::nonNull)
                .filter(folder -> !folder.isEmpty())
                .flatMap(folder -> Stream.of(Path.of(folder, "lib64"), Path.of(folder, "lib")));
    }

    private static Optional<CudaVersion> cublasVersion(DynamicLibrary cublas) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment major = arena.allocate(JAVA_INT);
            MemorySegment minor = arena.allocate(JAVA_INT);
            return cublas.call("cublasGetProperty", 0, major) == 0 && cublas.call("cublasGetProperty", 1, minor) == 0
                    ? Optional.of(new CudaVersion(major.get(JAVA_INT, 0), minor.get(JAVA_INT, 0)))
                    : Optional.empty();
        }
    }

    private static Optional<CudaVersion> nvrtcVersion(DynamicLibrary nvrtc) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment major = arena.allocate(JAVA_INT);
            MemorySegment minor = arena.allocate(JAVA_INT);
            return nvrtc.call("nvrtcVersion", major, minor) == 0
                    ? Optional.of(new CudaVersion(major.get(JAVA_INT, 0), minor.get(JAVA_INT, 0)))
                    : Optional.empty();
        }
    }
}
