package dagrad.models.jobs;

import dagrad.backend.Backend;
import dagrad.backend.Backends;
import dagrad.backend.DeviceOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// The CPU for the jobs of one test class, closed after its last test.
final class OnCpu implements AfterAllCallback {
    private final Backend device;

    OnCpu(int threads) {
        this.device = Backends.open("cpu", new DeviceOptions(threads), _ -> {});
    }

    Backend device() {
        return device;
    }

    /// A place that keeps nothing and says nothing.
    Workplace silent() {
        return Workplace.silent(device);
    }

    /// What a job says.
    List<String> said(Consumer<Workplace> job) {
        List<String> said = new ArrayList<>();
        job.accept(silent().saying(said::add));
        return said;
    }

    @Override
    public void afterAll(ExtensionContext context) {
        device.close();
    }
}
