package dagrad.reference;

import dagrad.backend.Backend;
import dagrad.backend.BackendProvider;
import dagrad.backend.DeviceOptions;
import java.util.Optional;

/// Offers the oracle as the device `reference`, to those who ask for it by name: it is thousands of times slower than
/// the others.
public final class ReferenceProvider implements BackendProvider {
    @Override
    public String id() {
        return "reference";
    }

    @Override
    public Optional<Integer> automatic() {
        return Optional.empty();
    }

    @Override
    public Optional<String> unavailable() {
        return Optional.empty();
    }

    @Override
    public Backend open(DeviceOptions options) {
        return new ReferenceBackend();
    }
}
