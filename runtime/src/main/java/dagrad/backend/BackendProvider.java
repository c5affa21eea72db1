package dagrad.backend;

import java.util.Optional;

/// Offers a kind of device; found by the ServiceLoader.
public interface BackendProvider {
    /// The device's name on the command line: `cpu`.
    String id();

    /// Whether `auto` may choose it, and before which others (larger first); empty if it is to be asked for by name
    /// only.
    Optional<Integer> automatic();

    /// Why the device cannot be used on this machine, in one line that says what to do; empty if it can.
    Optional<String> unavailable();

    /// @throws DeviceException if it cannot be opened
    Backend open(DeviceOptions options);
}
