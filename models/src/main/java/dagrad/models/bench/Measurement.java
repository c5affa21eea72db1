package dagrad.models.bench;

import dagrad.backend.Backend;
import dagrad.backend.Executable;
import dagrad.precision.Precision;
import dagrad.schedule.Scheduler;
import dagrad.tensor.HostTensor;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/// Runs a workload: 10 steps unmeasured, then single steps until there are 30 and the time is up (where no time means
/// anything, 1 and 3). The line it prints is
/// the one that the other libraries' benchmarks print.
public final class Measurement {
    private static final int UNMEASURED = 10;
    private static final int LEAST = 30;

    private Measurement() {}

    /// Measures on a device.
    ///
    /// @param seconds the least measuring time; 0 is for those that want no times
    /// @return one line of JSON
    public static String of(Workload workload, Backend device, int threads, double seconds) {
        int unmeasured = seconds > 0 ? UNMEASURED : 1;
        int least = seconds > 0 ? LEAST : 3;
        try (Executable executable = device.load(Scheduler.plan(workload.graph(), device.capabilities()))) {
            Watch watch = new Watch(workload, executable);
            double first = watch.step();
            for (int i = 1; i < unmeasured; i++) {
                watch.step();
            }
            List<Double> times = new ArrayList<>();
            double last = first;
            double fortieth = Double.NaN;
            long begin = System.nanoTime();
            while (times.size() < least || System.nanoTime() - begin < seconds * 1e9) {
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

    /// Takes steps and tells what they computed, to the bit: whether two runs of the same are the same.
    ///
    /// @return one line of JSON, with the SHA-256 of what was watched in each step, and of all inputs, states and
    ///     outputs after the last
    public static String fingerprint(Workload workload, Backend device, int steps) {
        try (Executable executable = device.load(Scheduler.plan(workload.graph(), device.capabilities()))) {
            Watch watch = new Watch(workload, executable);
            MessageDigest digest = sha256();
            double last = Double.NaN;
            for (int i = 0; i < steps; i++) {
                last = watch.step();
                digest.update(bytes(watch.watched));
            }
            Set<String> names = new TreeSet<>(executable.plan().inputs().keySet());
            names.addAll(executable.plan().outputs().keySet());
            names.forEach(name -> digest.update(bytes(executable.read(name))));
            return String.format(
                    Locale.ROOT,
                    "{\"workload\":\"%s\",\"steps\":%d,\"last\":%s,\"sha256\":\"%s\",\"device\":\"%s\"}",
                    workload.name(),
                    steps,
                    json(last),
                    HexFormat.of().formatHex(digest.digest()),
                    device.name());
        }
    }

    private static byte[] bytes(HostTensor tensor) {
        return tensor.data().toArray(ValueLayout.JAVA_BYTE);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
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
            this.watched =
                    HostTensor.zeros(executable.plan().slot(workload.watched()).spec());
        }

        double step() {
            executable.run();
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
