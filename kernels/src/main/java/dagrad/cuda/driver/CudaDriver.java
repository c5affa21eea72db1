package dagrad.cuda.driver;

import java.util.List;
import java.util.Optional;

/// The NVIDIA driver of this machine.
public sealed interface CudaDriver {
    /// There is no library of it.
    record Missing(String error) implements CudaDriver {}

    /// It is there and does not start.
    ///
    /// @param version of CUDA that it knows, if it tells
    /// @param status of `cuInit`
    record Failing(Optional<CudaVersion> version, int status) implements CudaDriver {}

    /// It works.
    ///
    /// @param version of CUDA that it knows
    /// @param release its own, `550.54.14`, if the kernel tells
    record Working(CudaVersion version, Optional<String> release, List<CudaCard> cards) implements CudaDriver {}
}
