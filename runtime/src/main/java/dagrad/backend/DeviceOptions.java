package dagrad.backend;

/// What a user may say of a device.
///
/// @param threads number of worker threads on the CPU, 1 or more
public record DeviceOptions(int threads) {
    /// @throws DeviceException if there would be no thread
    public DeviceOptions {
        if (threads < 1) {
            throw new DeviceException(
                    "at least 1 thread is needed, not " + threads + "; leave --threads out to use all cores");
        }
    }

    /// As many threads as there are cores.
    public static DeviceOptions standard() {
        return new DeviceOptions(Runtime.getRuntime().availableProcessors());
    }
}
