package dagrad.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dagrad.io.UserCache;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;

/// OpenBLAS, called through the foreign-function interface with Java's own arrays: nothing is copied. It is told to
/// use one thread, as [GemmStep] divides the work.
///
/// The libraries come from the jar `org.bytedeco:openblas` of the platform; its Java classes are not used, for
/// loading them takes longer than a training step.
final class OpenBlas implements Blas {
    private static final int ROW_MAJOR = 101;
    private static final int PLAIN = 111;
    private static final int TRANSPOSED = 112;

    /// Linking takes longer than a training step (the first step needs 15 ms less without it), so it begins while the
    /// plan is still being made; a product that comes before its end waits for it.
    private OpenBlas() {
        Thread.ofPlatform().daemon().name("dagrad-openblas").start(Calls::begin);
    }

    /// Loaded once, by whoever comes first; all others wait for it.
    private static final class Library {
        private static final Optional<SymbolLookup> SYMBOLS;
        private static final Optional<String> FAILURE;

        static {
            Optional<SymbolLookup> symbols = Optional.empty();
            Optional<String> failure = Optional.empty();
            try {
                symbols = Optional.of(load());
            } catch (IOException | IllegalArgumentException | IllegalCallerException | UnsatisfiedLinkError e) {
                failure = Optional.of(String.valueOf(e.getMessage()));
            }
            SYMBOLS = symbols;
            FAILURE = failure;
        }

        @SuppressWarnings("restricted") // the launcher allows native access
        private static SymbolLookup load() throws IOException {
            SymbolLookup last = SymbolLookup.loaderLookup();
            for (Path path : files(platform()).paths()) {
                last = SymbolLookup.libraryLookup(path, Arena.global());
            }
            return last;
        }
    }

    /// Linked once. Fields of a class, so that the JVM's compiler knows them as constants.
    private static final class Calls {
        private static final MethodHandle SGEMM = link();

        /// Links, unless that is done or under way.
        private static void begin() {}

        /// Heap segments may be passed, as the call is short and holds off the collector.
        @SuppressWarnings("restricted")
        private static MethodHandle link() {
            SymbolLookup symbols = Library.SYMBOLS.orElseThrow();
            Linker linker = Linker.nativeLinker();
            try {
                linker.downcallHandle(
                                symbols.findOrThrow("openblas_set_num_threads"), FunctionDescriptor.ofVoid(JAVA_INT))
                        .invokeExact(1);
            } catch (Throwable e) {
                throw new IllegalStateException("OpenBLAS cannot be told to use one thread", e);
            }
            return linker.downcallHandle(
                    symbols.findOrThrow("cblas_sgemm"),
                    FunctionDescriptor.ofVoid(
                            JAVA_INT,
                            JAVA_INT,
                            JAVA_INT,
                            JAVA_INT,
                            JAVA_INT,
                            JAVA_INT,
                            JAVA_FLOAT,
                            ADDRESS,
                            JAVA_INT,
                            ADDRESS,
                            JAVA_INT,
                            JAVA_FLOAT,
                            ADDRESS,
                            JAVA_INT),
                    Linker.Option.critical(true));
        }
    }

    /// OpenBLAS; or, if the property `dagrad.blas` is `java` or the library cannot be loaded, plain Java, whose name
    /// says why.
    static Blas orJava() {
        if (System.getProperty("dagrad.blas", "openblas").equals("java")) {
            return new JavaGemm("Java GEMM");
        }
        return Library.FAILURE
                .<Blas>map(reason -> new JavaGemm("Java GEMM, as OpenBLAS cannot be loaded: " + reason))
                .orElseGet(OpenBlas::new);
    }

    /// `linux-x86_64`
    static String platform() {
        String os = System.getProperty("os.name");
        String arch = System.getProperty("os.arch");
        String system =
                os.startsWith("Mac") ? "macosx" : os.startsWith("Windows") ? "windows" : os.toLowerCase(Locale.ROOT);
        return switch (arch) {
            case "amd64", "x86_64" -> system + "-x86_64";
            case "aarch64", "arm64" -> system + "-arm64";
            default -> system + "-" + arch;
        };
    }

    /// The libraries of a platform, each after those that it needs.
    ///
    /// @throws IOException if there are none for it
    static NativeFiles files(String platform) throws IOException {
        List<String> names = switch (platform) {
            case "linux-x86_64" -> List.of("libgcc_s.so.1", "libquadmath.so.0", "libgfortran.so.5", "libopenblas.so.0");
            case "linux-arm64" -> List.of("libgcc_s.so.1", "libgfortran.so.5", "libopenblas.so.0");
            case "macosx-x86_64", "macosx-arm64" ->
                List.of("libgcc_s.1.1.dylib", "libquadmath.0.dylib", "libgfortran.5.dylib", "libopenblas.0.dylib");
            case "windows-x86_64" -> List.of("libopenblas.dll");
            default -> throw new IOException("there is none for " + platform);
        };
        return new NativeFiles(
                UserCache.folder(),
                "openblas-" + version() + "-" + platform,
                "/org/bytedeco/openblas/" + platform + "/",
                names);
    }

    private static String version() throws IOException {
        try (InputStream in = OpenBlas.class.getResourceAsStream("openblas.properties")) {
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("version");
        }
    }

    /// `OpenBLAS Zen`
    @Override
    @SuppressWarnings("restricted")
    public String name() {
        try {
            MemorySegment core = (MemorySegment) Linker.nativeLinker()
                    .downcallHandle(
                            Library.SYMBOLS.orElseThrow().findOrThrow("openblas_get_corename"),
                            FunctionDescriptor.of(ADDRESS))
                    .invokeExact();
            return "OpenBLAS " + core.reinterpret(64).getString(0);
        } catch (Throwable e) {
            throw new IllegalStateException("OpenBLAS cannot say which processor it sees", e);
        }
    }

    @Override
    public void sgemm(
            boolean transA,
            boolean transB,
            int m,
            int n,
            int k,
            float alpha,
            MemorySegment a,
            int lda,
            MemorySegment b,
            int ldb,
            float beta,
            MemorySegment c,
            int ldc) {
        try {
            Calls.SGEMM.invokeExact(
                    ROW_MAJOR,
                    transA ? TRANSPOSED : PLAIN,
                    transB ? TRANSPOSED : PLAIN,
                    m,
                    n,
                    k,
                    alpha,
                    a,
                    lda,
                    b,
                    ldb,
                    beta,
                    c,
                    ldc);
        } catch (Throwable e) {
            throw new IllegalStateException("sgemm failed", e);
        }
    }
}
