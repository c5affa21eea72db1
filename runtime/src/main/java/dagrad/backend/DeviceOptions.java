package dagrad.backend;

/// What a user may say of a device.
///
/// @param threads number of worker threads on the CPU, 1 or more
/// @param tf32 whether the device may round the f32 factors of matrix products to TF32, if it has units for that
public record DeviceOptions(int threads, boolean tf32) {
    /// @throws DeviceException if there would be no thread
    public DeviceOptions {
        if (threads < 1) {
            throw new DeviceException(
                    "at least 1 thread is needed, not " + threads + "; leave --threads out to use all cores");
        }
    }

    /// Strict f32.
    public DeviceOptions(int threads) {
        this(threads, false);
    }

    /// As many threads as there are cores.
    public static DeviceOptions standard() {
        return new DeviceOptions(Runtime.getRuntime().availableProcessors());
    }
}
