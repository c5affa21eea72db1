package dagrad.plan;

/// A GPU by its numbers, from its maker's data sheet.
///
/// @param name for people: `NVIDIA H100 SXM`
/// @param capability compute capability, ten times: 90 for 9.0
/// @param multiprocessors number of streaming multiprocessors
/// @param memory in bytes
/// @param bandwidth of the memory, in bytes per second
/// @param f32 floating-point operations per second, without tensor cores
/// @param tf32 the same for products of tf32 on dense tensor cores; that of `f32` where there are none
/// @param bf16 the same for products of bf16
public record Card(
        String name,
        int capability,
        int multiprocessors,
        long memory,
        double bandwidth,
        double f32,
        double tf32,
        double bf16) {
    /// The least compute capability that Dagrad's kernels are made for.
    public static final int LEAST_CAPABILITY = 75;

    /// Whether tensor cores multiply bf16: from Ampere on.
    public boolean multipliesBf16() {
        return capability >= 80;
    }
}
