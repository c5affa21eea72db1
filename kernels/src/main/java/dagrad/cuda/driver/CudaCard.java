package dagrad.cuda.driver;

/// A GPU that the driver shows.
///
/// @param ordinal its number, from 0
/// @param memory in bytes
public record CudaCard(int ordinal, String name, CudaVersion capability, long memory) {
    /// The oldest cards with the instructions that the kernels use; compilers of CUDA 13 know no older ones.
    static final CudaVersion OLDEST = new CudaVersion(7, 5);

    public boolean isSupported() {
        return !capability.isBefore(OLDEST);
    }

    /// `NVIDIA H100 80GB HBM3, compute capability 9.0, 79.6 GiB`
    @Override
    public String toString() {
        return "%s, compute capability %s, %.1f GiB".formatted(name, capability, memory / 0x1p30);
    }
}
