package dagrad.models.bench;

import dagrad.backend.Backend;
import dagrad.backend.Executable;
import dagrad.precision.Precision;
import dagrad.schedule.Scheduler;
import dagrad.tensor.HostTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// Runs a workload: 10 steps unmeasured, then single steps until there are 30 and the time is up. The line it prints is
/// the one that the other libraries' benchmarks print.
public final class Measurement {
    private static final int UNMEASURED = 10;
    private static final int LEAST = 30;

    private Measurement() {}

    /// Measures on a device.
    ///
    /// @param seconds the least measuring time
    /// @return one line of JSON
    public static String of(Workload workload, Backend device, int threads, double seconds) {
        try (Executable executable = device.load(Scheduler.plan(workload.graph(), device.capabilities()))) {
            Watch watch = new Watch(workload, executable);
            double first = watch.step();
            for (int i = 1; i < UNMEASURED; i++) {
                watch.step();
            }
            List<Double> times = new ArrayList<>();
            double last = first;
            double fortieth = Double.NaN;
            long begin = System.nanoTime();
            while (times.size() < LEAST || System.nanoTime() - begin < seconds * 1e9) {
                long start = System.nanoTime();
                last = watch.step();
                times.add((System.nanoTime() - start) / 1e6);
                if (times.size() == LEAST) {
                    fortieth = last;
                }
            }
            times.sort(null);
            return line(workload, device, threads, times, new double[] {first, last, fortieth});
        }
    }

    /// The time of a step in milliseconds: of several steps in a row, so that a device need not wait for the host
    /// between them, the median over some such rows.
    ///
    /// @param together steps in a row
    /// @param rows how often; one more is run before and not counted
    public static double milliseconds(Workload workload, Backend device, int together, int rows) {
        try (Executable executable = device.load(Scheduler.plan(workload.graph(), device.capabilities()))) {
            workload.inputs().forEach(executable::write);
            String last = executable.plan().inputs().keySet().stream()
                    .min(Comparator.comparingLong(
                            name -> executable.plan().slot(name).spec().bytes()))
                    .orElseThrow();
            List<Double> times = new ArrayList<>();
            for (int i = 0; i <= rows; i++) {
                long start = System.nanoTime();
                for (int j = 0; j < together; j++) {
                    executable.run();
                }
                // Reading waits for the device.
                executable.read(workload.watched().isEmpty() ? last : workload.watched());
                times.add((System.nanoTime() - start) / 1e6 / together);
            }
            List<Double> counted =
                    times.subList(1, times.size()).stream().sorted().toList();
            return counted.get(counted.size() / 2);
        }
    }

    /// From the start of the process to the end of the first step of `mlp`.
    ///
    /// @param startNanos when the process was started, in nanoseconds since 1970
    public static String startup(Backend device, Precision precision, int threads, long startNanos) {
        Workload mlp = Workload.of("mlp", precision);
        Workload startup = new Workload("startup", mlp.graph(), mlp.inputs(), 1, "steps/s", mlp.watched(), 0);
        try (Executable executable = device.load(Scheduler.plan(startup.graph(), device.capabilities()))) {
            double loss = new Watch(startup, executable).step();
            double took = System.currentTimeMillis() - startNanos / 1e6;
            return line(startup, device, threads, List.of(took), new double[] {loss, loss, Double.NaN});
        }
    }

    /// Steps, and reads what is watched.
    private static final class Watch {
        private final Workload workload;
        private final Executable executable;
        private final HostTensor watched;

        Watch(Workload workload, Executable executable) {
            this.workload = workload;
            this.executable = executable;
            workload.inputs().forEach(executable::write);
            this.watched = workload.watched().isEmpty()
                    ? HostTensor.of(new float[1], 1)
                    : HostTensor.zeros(
                            executable.plan().slot(workload.watched()).spec());
        }

        double step() {
            executable.run();
            if (workload.watched().isEmpty()) {
                return Double.NaN;
            }
            executable.read(workload.watched(), watched);
            return watched.get(workload.watchedIndex());
        }
    }

    private static String line(
            Workload workload, Backend device, int threads, List<Double> sortedTimes, double[] losses) {
        double median = sortedTimes.get(sortedTimes.size() / 2);
        return String.format(
                Locale.ROOT,
                "{\"peer\":\"dagrad\",\"version\":\"0.1.0\",\"workload\":\"%s\",\"threads\":%d,\"median_step_ms\":%.4f,"
                        + "\"items_per_s\":%.2f,\"unit\":\"%s\",\"peak_rss_mb\":%d,\"losses\":[%s,%s],"
                        + "\"loss_step40\":%s,\"steps\":%d,\"min_step_ms\":%.4f,\"blas\":\"%s\"}",
                workload.name(),
                threads,
                median,
                workload.items() / median * 1e3,
                workload.unit(),
                peakResidentMegabytes(),
                json(losses[0]),
                json(losses[1]),
                json(losses[2]),
                sortedTimes.size(),
                sortedTimes.getFirst(),
                device.name());
    }

    private static String json(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.6g", value) : "null";
    }

    /// The most memory that the process has had, where the system tells (Linux), else -1.
    private static long peakResidentMegabytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmHWM")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
                }
            }
        } catch (IOException _) {
            return -1;
        }
        return -1;
    }
}
