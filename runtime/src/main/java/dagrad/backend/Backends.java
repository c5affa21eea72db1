package dagrad.backend;

import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Finds devices.
public final class Backends {
    private Backends() {}

    /// All kinds of device on the class path, the preferred ones first.
    public static List<BackendProvider> providers() {
        return ServiceLoader.load(BackendProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .sorted(Comparator.comparingInt(
                                (BackendProvider p) -> -p.automatic().orElse(-1))
                        .thenComparing(BackendProvider::id))
                .toList();
    }

    /// Opens a device by name, or with `auto` the best that can be used.
    ///
    /// @param explain is told in one line why a better device was passed over
    /// @throws DeviceException if there is none of that name, or it cannot be used
    public static Backend open(String device, DeviceOptions options, Consumer<String> explain) {
        List<BackendProvider> providers = providers();
        if (device.equals("auto")) {
            for (BackendProvider provider : providers) {
                if (provider.automatic().isEmpty()) {
                    continue;
                }
                if (provider.unavailable().isEmpty()) {
                    return provider.open(options);
                }
                explain.accept(provider.id() + " is not used: "
                        + provider.unavailable().get());
            }
            throw new DeviceException("no device can be used; there are " + ids(providers));
        }
        BackendProvider provider = providers.stream()
                .filter(p -> p.id().equals(device))
                .findFirst()
                .orElseThrow(() -> new DeviceException(
                        "there is no device \"" + device + "\"; there are auto, " + ids(providers)));
        provider.unavailable().ifPresent(reason -> {
            throw new DeviceException(device + " cannot be used: " + reason);
        });
        return provider.open(options);
    }

    private static String ids(List<BackendProvider> providers) {
        return providers.stream().map(BackendProvider::id).collect(Collectors.joining(", "));
    }
}
