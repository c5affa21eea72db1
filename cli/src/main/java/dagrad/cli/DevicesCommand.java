package dagrad.cli;

import dagrad.backend.Backend;
import dagrad.backend.BackendProvider;
import dagrad.backend.Backends;
import dagrad.backend.DeviceOptions;
import dagrad.cuda.driver.CudaInstallation;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad devices`: what can be trained on here, and why not on the rest.
final class DevicesCommand implements Command {
    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage().description("Lists the devices, and the GPUs, and says why one cannot be used.");
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        for (BackendProvider provider : Backends.providers()) {
            Optional<String> reason = provider.unavailable();
            if (reason.isPresent()) {
                output.print("%-10s not usable: %s".formatted(provider.id(), reason.get()));
            } else {
                try (Backend device = provider.open(DeviceOptions.standard())) {
                    output.print("%-10s %s".formatted(provider.id(), device.name()));
                }
            }
        }
        CudaInstallation cuda = CudaInstallation.find();
        if (!cuda.cards().isEmpty()) {
            output.print("");
            CudaLines.cards(cuda).forEach(output::print);
            output.print(CudaLines.line("driver", CudaLines.driver(cuda.driver())));
        }
        return 0;
    }
}
