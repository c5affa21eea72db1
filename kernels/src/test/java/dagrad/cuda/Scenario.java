package dagrad.cuda;

import dagrad.backend.Backend;
import dagrad.backend.DeviceException;
import dagrad.backend.DeviceOptions;
import dagrad.backend.Executable;
import dagrad.cuda.code.Argument;
import dagrad.cuda.code.Call;
import dagrad.cuda.code.Calls;
import dagrad.cuda.code.Grid;
import dagrad.cuda.code.Source;
import dagrad.cuda.compile.CodeCache;
import dagrad.cuda.compile.Compiler;
import dagrad.cuda.driver.Context;
import dagrad.cuda.driver.Cublas;
import dagrad.cuda.driver.Device;
import dagrad.cuda.driver.Natives;
import dagrad.graph.Graph;
import dagrad.plan.Plan;
import dagrad.schedule.Scheduler;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// What tests have a process of its own do. It prints what happened, and at the end what is not given back.
final class Scenario {
    private Scenario() {}

    public static void main(String[] arguments) {
        switch (arguments[0]) {
            case "provider" -> provider();
            case "train" -> untilItFails();
            case "kernel" -> kernel(arguments[1]);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
        Emulator.live().forEach((what, count) -> {
            if (count != 0) {
                System.out.println("left: " + what + " " + count);
            }
        });
    }

    private static void provider() {
        CudaProvider provider = new CudaProvider();
        System.out.println("unavailable: " + provider.unavailable().orElse("no"));
        try (Backend backend = provider.open(DeviceOptions.standard())) {
            System.out.println("opened: " + backend.name());
        } catch (DeviceException e) {
            System.out.println("error: " + e.getMessage());
        }
    }

    private static Plan plan(Backend backend) {
        return Scheduler.plan(
                Graph.build(g -> g.output(
                        "y", g.matmul(g.input("x", TensorSpec.f32(2, 3)), g.parameter("w", TensorSpec.f32(3, 2))))),
                backend.capabilities());
    }

    /// Steps until one fails.
    private static void untilItFails() {
        try (Backend backend = new CudaProvider().open(DeviceOptions.standard());
                Executable step = backend.load(plan(backend))) {
            for (int i = 1; i <= 1000; i++) {
                step.write("x", HostTensor.zeros(TensorSpec.f32(2, 3)));
                step.run();
                step.read("y");
                System.out.println("step " + i);
            }
        } catch (DeviceException e) {
            System.out.println("error: " + e.getMessage());
        }
    }

    /// A plan whose product is computed by a kernel of that body.
    private static void kernel(String body) {
        Natives.load();
        Device device = Device.of(0);
        String text = "extern \"C\" __global__ void own(float *arena) { " + body + " }\n";
        Call call = new Call.Kernel(new Source.Generated(text), "own", Grid.of(1, 32), List.of(new Argument.Arena(0)));
        try (Backend backend = CudaBackend.open(device, CodeCache.standard(), false);
                Context context = new Context(device);
                Cublas cublas = new Cublas();
                Executable step = CudaExecutable.load(
                        plan(backend),
                        List.of(Calls.of(call)),
                        context,
                        cublas,
                        false,
                        new Compiler(device, CodeCache.standard()))) {
            step.run();
            System.out.println("y: " + step.read("y"));
        } catch (DeviceException e) {
            System.out.println("error: " + e.getMessage());
        }
        System.out.println("compiled: " + Emulator.counters().get(Emulator.Counter.COMPILATIONS));
    }
}
