package dagrad.cli;

import dagrad.backend.Backend;
import dagrad.models.bench.Measurement;
import dagrad.models.bench.Workload;
import dagrad.precision.Precision;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad bench WORKLOAD`: one line of JSON, as other libraries' benchmarks print it.
final class BenchCommand implements Command {
    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage()
                .description("Measures a workload and prints one line of JSON.")
                .footer(
                        "",
                        "Workloads: " + String.join(", ", Workload.NAMES)
                                + ", gpt2, startup, or all (but startup and gpt2).",
                        "startup tells the time from START_NS (environment, nanoseconds since 1970) or else from the",
                        "start of the JVM to the end of the first training step.");
        spec.addPositional(Arguments.operand(0, "WORKLOAD", String.class, "what to measure"));
        spec.addOption(Arguments.option(
                "--seconds", "S", Double.class, "least measuring time; by default BENCH_SECONDS (environment) or 5"));
        Gpt2Options.add(spec);
        Arguments.addPrecision(spec);
        Arguments.addDevice(spec);
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        String name = Arguments.operand(arguments, 0, String.class);
        double seconds =
                Arguments.<Double>value(arguments, "--seconds").orElseGet(BenchCommand::secondsFromEnvironment);
        int threads = Arguments.threads(arguments);
        Precision precision = Arguments.precision(arguments);
        try (Backend device = Arguments.open(arguments, precision, output)) {
            if (name.equals("startup")) {
                output.print(Measurement.startup(device, precision, threads, startNanos()));
                return 0;
            }
            for (String workload : name.equals("all") ? Workload.NAMES : java.util.List.of(name)) {
                output.print(Measurement.of(workload(arguments, workload, precision), device, threads, seconds));
            }
        }
        return 0;
    }

    private static Workload workload(ParseResult arguments, String name, Precision precision) {
        if (name.equals(Gpt2Options.NAME)) {
            Gpt2Options gpt2 = Gpt2Options.of(arguments);
            return Workload.gpt2(gpt2.model(), gpt2.batch(), precision);
        }
        Gpt2Options.refuse(arguments, name);
        return Workload.of(name, precision);
    }

    private static double secondsFromEnvironment() {
        String seconds = System.getenv().getOrDefault("BENCH_SECONDS", "5");
        try {
            return Double.parseDouble(seconds);
        } catch (NumberFormatException _) {
            throw new CliException("BENCH_SECONDS must be a number, not \"" + seconds + "\"");
        }
    }

    private static long startNanos() {
        String given = System.getenv("START_NS");
        if (given == null) {
            return ProcessHandle.current()
                    .info()
                    .startInstant()
                    .map(start -> start.toEpochMilli() * 1_000_000)
                    .orElseThrow(() -> new CliException("set START_NS to the time of the start, in ns since 1970"));
        }
        try {
            return Long.parseLong(given);
        } catch (NumberFormatException _) {
            throw new CliException("START_NS must be a number of nanoseconds, not \"" + given + "\"");
        }
    }
}
