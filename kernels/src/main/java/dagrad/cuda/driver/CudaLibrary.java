package dagrad.cuda.driver;

import java.util.Optional;

/// One of the toolkit's libraries, cuBLAS or NVRTC, on this machine.
public sealed interface CudaLibrary {
    /// It can be opened.
    ///
    /// @param file its name, or its path where the linker alone would not find it
    /// @param bridged whether it is of CUDA 13, so that Dagrad's bridge stands between it and JCuda
    record Found(String file, CudaVersion version, boolean bridged) implements CudaLibrary {}

    /// There is none that can be used.
    ///
    /// @param file the name that is needed
    /// @param error what the linker says of it
    /// @param other another version's file that is there, if any
    record Missing(String file, String error, Optional<String> other) implements CudaLibrary {}
}
