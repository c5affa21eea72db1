package dagrad.cuda;

import dagrad.backend.Backend;
import dagrad.backend.BackendProvider;
import dagrad.backend.DeviceOptions;
import dagrad.cuda.compile.CodeCache;
import dagrad.cuda.driver.CudaCard;
import dagrad.cuda.driver.CudaInstallation;
import dagrad.cuda.driver.Device;
import dagrad.cuda.driver.Natives;
import java.util.Optional;

/// Offers the first GPU that Dagrad's kernels are made for.
public final class CudaProvider implements BackendProvider {
    @Override
    public String id() {
        return "cuda";
    }

    /// Before the CPU; the emulator only by name.
    @Override
    public Optional<Integer> automatic() {
        return CudaInstallation.emulated() ? Optional.empty() : Optional.of(100);
    }

    @Override
    public Optional<String> unavailable() {
        return CudaInstallation.obstacle();
    }

    @Override
    public Backend open(DeviceOptions options) {
        CudaCard first = Natives.load().usable().getFirst();
        return CudaBackend.open(Device.of(first.ordinal()), CodeCache.standard(), options.tf32());
    }
}
