package dagrad.models.bench;

import dagrad.backend.Backend;
import dagrad.backend.Executable;
import dagrad.graph.Graph;
import dagrad.plan.Cost;
import dagrad.plan.Launch;
import dagrad.plan.Plan;
import dagrad.precision.Precision;
import dagrad.schedule.Scheduler;
import dagrad.tensor.HostTensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// Where the time of a step goes: each launch, waited for, beside the time that its bytes and operations would take at
/// the rates that the same device reaches in a copy and in a product of matrices (Williams, Waterman & Patterson,
/// "Roofline", 2009).
///
/// @param device its name
/// @param rates what the device reaches
/// @param whole seconds of a step whose launches are not waited for one by one: the median
/// @param launches in the order in which they run
public record Profile(String model, String device, Rates rates, double whole, List<Timed> launches) {
    private static final int UNMEASURED = 10;

    /// Rates of a device, both measured in the same process.
    ///
    /// @param bytes moved a second, in copies of large arrays: read and written
    /// @param operations a second, in products of large matrices of f32
    public record Rates(double bytes, double operations) {
        /// Runs the workloads `copy` and `gemm`.
        static Rates of(Backend device, int steps, Extent extent) {
            return new Rates(rate(device, "copy", steps, extent), rate(device, "gemm", steps, extent));
        }

        private static double rate(Backend device, String name, int steps, Extent extent) {
            Workload workload = Workload.of(name, Precision.F32, extent);
            try (Executable executable = load(device, workload.graph(), workload.inputs())) {
                return workload.items() * 1e9 / median(whole(executable, workload.watched(), steps));
            }
        }

        /// The least seconds for a launch.
        double seconds(Cost cost) {
            return Math.max(cost.bytes() / bytes, cost.flops() / operations);
        }
    }

    /// A launch and its time.
    ///
    /// @param begun seconds from the step's beginning, in the step that the trace shows
    /// @param taken seconds in that step
    /// @param median seconds, over all steps
    /// @param bound the least seconds at the device's rates
    public record Timed(
            int number,
            String kind,
            String label,
            Cost cost,
            double begun,
            double taken,
            double median,
            double bound) {}

    public Profile {
        launches = List.copyOf(launches);
    }

    /// Measures.
    ///
    /// @param inputs for all of the graph's inputs that are not zero
    /// @param output one of the graph's outputs, which is read after each step to wait for it
    /// @param steps how many are measured, at least 1
    /// @throws dagrad.backend.DeviceException if the device cannot run the graph, or has no launches
    public static Profile of(
            String model,
            Graph graph,
            Map<String, HostTensor> inputs,
            String output,
            Backend device,
            int steps,
            Extent extent) {
        try (Executable executable = load(device, graph, inputs)) {
            whole(executable, output, UNMEASURED);
            double whole = median(whole(executable, output, steps));
            int size = executable.plan().launches().size();
            List<long[]> runs = new ArrayList<>(); // when the step began, then when each launch was done
            for (int i = 0; i < steps; i++) {
                long[] times = new long[size + 1];
                times[0] = System.nanoTime();
                executable.run(number -> times[number + 1] = System.nanoTime());
                runs.add(times);
            }
            runs.sort(Comparator.comparingLong(times -> times[size] - times[0]));
            Rates rates = Rates.of(device, steps, extent);
            return new Profile(model, device.name(), rates, whole, timed(executable.plan(), runs, rates));
        }
    }

    private static List<Timed> timed(Plan plan, List<long[]> sorted, Rates rates) {
        long[] shown = sorted.get(sorted.size() / 2);
        List<Timed> result = new ArrayList<>();
        for (int i = 0; i < plan.launches().size(); i++) {
            int number = i;
            Launch launch = plan.launches().get(i);
            Cost cost = Cost.of(launch);
            double median = median(sorted.stream()
                    .map(times -> (times[number + 1] - times[number]) / 1e9)
                    .toList());
            result.add(new Timed(
                    number,
                    launch.kind(),
                    launch.label(),
                    cost,
                    (shown[i] - shown[0]) / 1e9,
                    (shown[i + 1] - shown[i]) / 1e9,
                    median,
                    rates.seconds(cost)));
        }
        return result;
    }

    private static Executable load(Backend device, Graph graph, Map<String, HostTensor> inputs) {
        Executable executable = device.load(Scheduler.plan(graph, device.capabilities()));
        inputs.forEach(executable::write);
        return executable;
    }

    private static List<Double> whole(Executable executable, String output, int steps) {
        HostTensor read = HostTensor.zeros(executable.plan().slot(output).spec());
        List<Double> seconds = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            long begun = System.nanoTime();
            executable.run();
            executable.read(output, read);
            seconds.add((System.nanoTime() - begun) / 1e9);
        }
        return seconds;
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    /// Seconds of all launches, one by one.
    public double sum() {
        return launches.stream().mapToDouble(Timed::median).sum();
    }
}
