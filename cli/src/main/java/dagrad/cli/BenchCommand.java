package dagrad.cli;

import dagrad.backend.Backend;
import dagrad.models.bench.Extent;
import dagrad.models.bench.Measurement;
import dagrad.models.bench.Workload;
import dagrad.precision.Precision;
import java.util.List;
import java.util.Optional;
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
                        "Workloads: " + String.join(", ", Workload.NAMES) + ", or all of these; startup;",
                        "for GPUs also gpt2, " + String.join(", ", Workload.FOR_GPUS) + ".",
                        "startup tells the time from START_NS (environment, nanoseconds since 1970) or else from the",
                        "start of the JVM to the end of the first training step.");
        spec.addPositional(Arguments.operand(0, "WORKLOAD", String.class, "what to measure"));
        spec.addOption(Arguments.option(
                "--seconds", "S", Double.class, "least measuring time; by default BENCH_SECONDS (environment) or 5"));
        spec.addOption(Arguments.flag("--small", "the same in small, for an emulated GPU"));
        spec.addOption(Arguments.option(
                "--fingerprint",
                "N",
                Integer.class,
                "instead: take N steps and print the SHA-256 of all that they computed; two runs must agree"));
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
        Optional<Integer> steps = Arguments.value(arguments, "--fingerprint");
        try (Backend device = Arguments.open(arguments, precision, output)) {
            if (name.equals("startup")) {
                output.print(Measurement.startup(device, precision, threads, startNanos()));
                return 0;
            }
            for (String each : name.equals("all") ? Workload.NAMES : List.of(name)) {
                Workload workload = workload(arguments, each, precision);
                output.print(
                        steps.isPresent()
                                ? Measurement.fingerprint(workload, device, steps.get())
                                : Measurement.of(workload, device, threads, seconds));
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
        Extent extent = arguments.hasMatchedOption("--small") ? Extent.SMALL : Extent.STANDARD;
        return Workload.of(name, precision, extent);
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
