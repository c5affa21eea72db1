package dagrad.cuda.driver;

import dagrad.backend.DeviceException;
import dagrad.io.FileException;
import dagrad.io.UserCache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import jcuda.JCudaVersion;
import jcuda.LibUtils;
import jcuda.LogLevel;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.nvrtc.JNvrtc;

/// JCuda's native libraries, loaded from files that this user alone can have written.
///
/// Left alone, JCuda (`jcuda.LibUtils`) unpacks them into the folder that the property `java.io.tmpdir` names, under
/// a fixed name, and takes whatever file of that name is there already: another user's, or one that another JVM has
/// not written to its end. Loading them first by [System#load] would not help, as JCuda would unpack them still. But it
/// reads the property each time, so while its classes are initialised the property names a private folder where the
/// verified file is; JCuda then has nothing to write. That is a property of the whole process, so the time is kept
/// short: the files are there, and the libraries that they need are open, before it is set.
public final class Natives {
    /// What they were loaded for.
    private static Optional<CudaInstallation> loaded = Optional.empty();

    private Natives() {}

    /// Loads all of JCuda that Dagrad uses, once. To be called before any class of JCuda is.
    ///
    /// @return what was found on this machine
    /// @throws DeviceException if CUDA cannot be used here, or the libraries cannot be unpacked or loaded
    public static synchronized CudaInstallation load() {
        if (loaded.isEmpty()) {
            CudaInstallation installation = CudaInstallation.find();
            installation.unavailable().ifPresent(reason -> {
                throw new DeviceException("CUDA cannot be used: " + reason);
            });
            loadAll(installation);
            loaded = Optional.of(installation);
        }
        return loaded.orElseThrow();
    }

    private static void loadAll(CudaInstallation installation) {
        try (Places places = new Places(List.of(UserCache.folder().resolve("natives")))) {
            for (CudaLibrary library : List.of(installation.cublas(), installation.nvrtc())) {
                switch (library) {
                    case CudaLibrary.Found found
                    when found.bridged() -> places.open(Bridge.library(bridgeOf(found.file())));
                    case CudaLibrary.Found _, CudaLibrary.Missing _ -> {}
                }
            }
            initialise(places, "JCudaDriver", () -> JCudaDriver.setLogLevel(LogLevel.LOG_QUIET));
            initialise(places, "JNvrtc", () -> JNvrtc.setLogLevel(LogLevel.LOG_QUIET));
            initialise(places, "JCublas2", () -> JCublas2.setLogLevel(LogLevel.LOG_QUIET));
        }
    }

    /// `libcublas.so.12` for `/usr/local/cuda/lib64/libcublas.so.13`.
    private static String bridgeOf(String file) {
        return Path.of(file).getFileName().toString().replace(".so.13", ".so.12");
    }

    private static void initialise(Places places, String name, Runnable firstUse) {
        String file =
                LibUtils.createLibraryFileName(LibUtils.createPlatformLibraryName(name + "-" + JCudaVersion.get()));
        Path folder = places.open(UnpackedLibrary.ofResource("/lib/" + file)).getParent();
        String before = System.setProperty("java.io.tmpdir", folder.toString());
        try {
            firstUse.run();
        } catch (LinkageError e) {
            throw new DeviceException("JCuda's library " + file + " cannot be loaded: " + firstLine(e), e);
        } finally {
            System.setProperty("java.io.tmpdir", before);
        }
    }

    private static String firstLine(LinkageError e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    /// Where libraries can be unpacked: folders that are kept, and after them one that is made for this process and
    /// deleted once all is loaded, since open libraries need their files no longer.
    static final class Places implements AutoCloseable {
        private final List<Path> roots;
        private final List<Path> temporary = new ArrayList<>();

        Places(List<Path> roots) {
            this.roots = roots;
        }

        /// Unpacks a library in the first place where it can be written and opened (a file system may be full,
        /// read-only or mounted with noexec).
        ///
        /// @return its path
        /// @throws DeviceException if no place will do
        Path open(UnpackedLibrary library) {
            List<String> reasons = new ArrayList<>();
            for (int i = 0; i <= roots.size(); i++) {
                try {
                    Path file = library.in(i < roots.size() ? roots.get(i) : temporaryRoot());
                    if (DynamicLibrary.open(file.toString()).isPresent()) {
                        return file;
                    }
                    reasons.add(DynamicLibrary.error(file.toString()));
                } catch (IOException | FileException e) {
                    reasons.add(e.getMessage());
                }
            }
            throw new DeviceException("the native library " + library.name() + " cannot be loaded: "
                    + String.join("; ", reasons)
                    + "; set XDG_CACHE_HOME to a folder of yours that may hold programs");
        }

        private Path temporaryRoot() throws IOException {
            if (temporary.isEmpty()) {
                temporary.add(Files.createTempDirectory("dagrad-natives"));
            }
            return temporary.getFirst();
        }

        @Override
        public void close() {
            temporary.forEach(Places::delete);
        }

        private static void delete(Path root) {
            try (Stream<Path> files = Files.walk(root)) {
                for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(path);
                }
            } catch (IOException _) {
                // What cannot be deleted is the system's to clear away.
            }
        }
    }
}
