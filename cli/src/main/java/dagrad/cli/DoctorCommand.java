package dagrad.cli;

import dagrad.backend.Backend;
import dagrad.backend.BackendProvider;
import dagrad.backend.Backends;
import dagrad.backend.DeviceException;
import dagrad.backend.DeviceOptions;
import dagrad.cuda.driver.CudaInstallation;
import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.io.UserCache;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import dagrad.train.Evaluator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad doctor`: what was found on this machine, in which versions, what is missing, and what to do about each.
final class DoctorCommand implements Command {
    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage()
                .description("Says what was found on this machine, what is missing, and what to do about it.")
                .footer("", "Tries each device on a small graph. Exit code 1 says that no device works.");
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        CudaInstallation cuda = CudaInstallation.find();
        printMachine(output);
        CudaLines.of(cuda).forEach(output::print);
        output.print("");
        int working = 0;
        for (BackendProvider provider : Backends.providers()) {
            if (isTried(provider, output)) {
                working++;
            }
        }
        List<CudaInstallation.Problem> problems = cuda.problems();
        if (!problems.isEmpty()) {
            output.print("\nwhat keeps CUDA from being used:");
            for (CudaInstallation.Problem problem : problems) {
                output.print("  " + problem.what());
                output.print("    -> " + problem.remedy());
            }
        }
        return working > 0 ? 0 : 1;
    }

    private static void printMachine(Output output) {
        Runtime runtime = Runtime.getRuntime();
        output.print(CudaLines.line("version", Main.VERSION));
        output.print(CudaLines.line(
                "Java",
                System.getProperty("java.version") + " of " + System.getProperty("java.vendor") + ", "
                        + System.getProperty("java.home")));
        output.print(CudaLines.line(
                "system",
                "%s %s, %s, %d processors, %.1f GiB for Java"
                        .formatted(
                                System.getProperty("os.name"),
                                System.getProperty("os.version"),
                                System.getProperty("os.arch"),
                                runtime.availableProcessors(),
                                runtime.maxMemory() / 0x1p30)));
        output.print(CudaLines.line("cache", cache()));
    }

    private static String cache() {
        Path folder = UserCache.folder();
        Path existing = folder;
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        return Files.isWritable(existing)
                ? folder.toString()
                : folder + " cannot be written, so that each start unpacks and compiles anew; set XDG_CACHE_HOME to a"
                        + " folder that can";
    }

    /// Whether a device works.
    private static boolean isTried(BackendProvider provider, Output output) {
        if (provider.unavailable().isPresent()) {
            output.print(CudaLines.line(provider.id(), "cannot be used"));
            return false;
        }
        try (Backend device = provider.open(DeviceOptions.standard())) {
            boolean right = isRight(device);
            output.print(CudaLines.line(
                    provider.id(), device.name() + (right ? ": works" : ": computes a small graph wrongly")));
            return right;
        } catch (DeviceException e) {
            output.print(CudaLines.line(provider.id(), "does not work: " + e.getMessage()));
            return false;
        }
    }

    /// Computes tanh(x · x), which takes a product and generated code.
    private static boolean isRight(Backend device) {
        float[] x = {0.5f, -1, 2, 0.25f};
        Graph graph = Graph.build(g -> {
            Value value = g.input("x", TensorSpec.f32(2, 2));
            g.output("y", g.tanh(g.matmul(value, value)));
        });
        HostTensor y = Evaluator.once(device, graph, Map.of("x", HostTensor.of(x, 2, 2)))
                .get("y");
        for (int i = 0; i < 4; i++) {
            int row = i / 2 * 2;
            int column = i % 2;
            double expected = Math.tanh(x[row] * x[column] + x[row + 1] * x[column + 2]);
            // Whatever the device's precision, a wrong answer is farther off.
            if (!(Math.abs(y.get(i) - expected) < 0.01)) {
                return false;
            }
        }
        return true;
    }
}
