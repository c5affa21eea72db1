package dagrad.cuda;

import dagrad.backend.Backend;
import dagrad.backend.BackendProvider;
import dagrad.backend.DeviceException;
import dagrad.backend.DeviceOptions;
import dagrad.cuda.compile.CodeCache;
import dagrad.cuda.driver.Device;
import java.util.List;
import java.util.Optional;

/// Offers the first GPU that Dagrad's kernels are made for.
public final class CudaProvider implements BackendProvider {
    @Override
    public String id() {
        return "cuda";
    }

    /// Before the CPU.
    @Override
    public Optional<Integer> automatic() {
        return Optional.of(100);
    }

    @Override
    public Optional<String> unavailable() {
        try {
            List<Device> devices = Device.all();
            return devices.isEmpty() ? Optional.of("there is no GPU") : CudaBackend.unsupported(devices.getFirst());
        } catch (DeviceException | UnsatisfiedLinkError | NoClassDefFoundError e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public Backend open(DeviceOptions options) {
        return CudaBackend.open(Device.of(0), CodeCache.standard());
    }
}
