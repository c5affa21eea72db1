package dagrad.cuda.driver;

import dagrad.backend.Backend;
import dagrad.backend.DeviceOptions;
import dagrad.backend.Executable;
import dagrad.cuda.CudaProvider;
import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.plan.Plan;
import dagrad.schedule.Scheduler;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// A JVM of its own, since a process looks for CUDA once, where its environment says.
final class ChildJvm {
    private final Map<String, String> environment = new HashMap<>();
    private final List<String> options = new ArrayList<>();

    /// @param libraries the folder where the linker looks first
    ChildJvm(Path libraries) {
        environment.put("LD_LIBRARY_PATH", libraries.toString());
    }

    ChildJvm with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    ChildJvm option(String option) {
        options.add(option);
        return this;
    }

    /// What it prints. One that fails prints why.
    ///
    /// @param task of [#main]
    String run(String task) {
        try {
            Process process = start(task);
            String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            return printed.strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    Process start(String task) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Dslf4j.internal.verbosity=ERROR",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ChildJvm.class.getName(), task));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("DAGRAD_") || name.startsWith("CUDA_"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    /// `find`: prints why CUDA cannot be used, or `usable`. `compute`: prints tanh(x · x), computed by a GPU.
    public static void main(String[] arguments) {
        switch (arguments[0]) {
            case "find" -> System.out.println(CudaInstallation.obstacle().orElse("usable"));
            case "compute" -> System.out.println(compute());
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    /// A product by cuBLAS and a kernel by NVRTC.
    private static List<String> compute() {
        Graph graph = Graph.build(g -> {
            Value x = g.input("x", TensorSpec.f32(2, 2));
            g.output("y", g.tanh(g.matmul(x, x)));
        });
        try (Backend device = new CudaProvider().open(DeviceOptions.standard())) {
            Plan plan = Scheduler.plan(graph, device.capabilities());
            try (Executable executable = device.load(plan)) {
                executable.write("x", HostTensor.of(new float[] {0.5f, -1, 2, 0.25f}, 2, 2));
                executable.run();
                HostTensor y = executable.read("y");
                return IntStream.range(0, 4)
                        .mapToObj(i -> "%.4f".formatted(y.get(i)))
                        .toList();
            }
        }
    }
}
