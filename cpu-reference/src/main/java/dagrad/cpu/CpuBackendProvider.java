package dagrad.cpu;

import dagrad.backend.Backend;
import dagrad.backend.BackendProvider;
import dagrad.backend.DeviceOptions;
import java.util.Optional;

/// Offers the CPU: every machine has one, and anything else that can be used goes before it.
public final class CpuBackendProvider implements BackendProvider {
    @Override
    public String id() {
        return "cpu";
    }

    @Override
    public Optional<Integer> automatic() {
        return Optional.of(0);
    }

    @Override
    public Optional<String> unavailable() {
        return Optional.empty();
    }

    @Override
    public Backend open(DeviceOptions options) {
        return new CpuBackend(options.threads());
    }
}
