package dagrad.cuda.driver;

import dagrad.backend.DeviceException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The libraries that stand for cuBLAS 12 and NVRTC 12 where only those of CUDA 13 are: they have the names and symbol
/// versions that JCuda's natives ask for, and pass on the functions that Dagrad calls (`kernels/bridge`). The build
/// packs them where it finds a C compiler, with a list of their digests.
final class Bridge {
    private static final String FOLDER = "/dagrad/cuda/bridge/";
    private static final String LIST = FOLDER + "SHA256SUMS";

    private Bridge() {}

    /// Whether this build has them.
    static boolean isPacked() {
        return Bridge.class.getResource(LIST) != null;
    }

    /// @param name `libcublas.so.12` or `libnvrtc.so.12`
    /// @throws DeviceException if the jar does not hold what was packed
    static UnpackedLibrary library(String name) {
        return verified(UnpackedLibrary.ofResource(FOLDER + name), digests());
    }

    /// @param digests lines as `sha256sum` prints them
    static UnpackedLibrary verified(UnpackedLibrary library, List<String> digests) {
        if (!digests.contains(library.sha256() + "  " + library.name())) {
            throw new DeviceException("the bridge " + library.name()
                    + " is not as it was built; the jar of dagrad-kernels is damaged, so install it anew");
        }
        return library;
    }

    private static List<String> digests() {
        try (InputStream in = Bridge.class.getResourceAsStream(LIST)) {
            return in == null
                    ? List.of()
                    : new String(in.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .toList();
        } catch (IOException e) {
            throw new DeviceException("the bridge's list of digests cannot be read: " + e.getMessage(), e);
        }
    }
}
