package dagrad.cli;

import dagrad.backend.Backend;
import dagrad.backend.Backends;
import dagrad.backend.DeviceOptions;
import dagrad.backend.Executable;
import dagrad.models.bench.Gpt2;
import dagrad.models.bench.GpuWorkloads;
import dagrad.models.bench.Measurement;
import dagrad.models.bench.Networks;
import dagrad.models.bench.Workload;
import dagrad.plan.Plan;
import dagrad.precision.Precision;
import dagrad.reference.ModelCheck;
import dagrad.schedule.Scheduler;
import dagrad.tensor.HostTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad gpu-check`: whether a GPU computes what it should, twice the same, and how fast.
final class GpuCheckCommand implements Command {
    private static final int STEPS = 3;
    private final List<String> failures = new ArrayList<>();

    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage()
                .description(
                        "Checks a GPU: models against the float64 reference, two runs bit for bit, then speed.",
                        "scripts/gpu-check runs it with what else there is to see on a machine with a GPU.")
                .footer("", "Exit code 1 says that something is wrong.");
        spec.addOption(Arguments.flag("--small", "in sizes for the emulator, whose times mean nothing"));
        spec.addOption(Arguments.option(
                "--beside", "FILE", Path.class, "lines 'workload TAB milliseconds TAB milliseconds' of PyTorch"));
        spec.addOption(Arguments.option(
                "--device", "NAME", String.class, "cuda (default), or another device to compare with"));
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        boolean small = arguments.hasMatchedOption("--small");
        Map<String, String> beside = new LinkedHashMap<>();
        Arguments.<Path>value(arguments, "--beside").ifPresent(file -> beside.putAll(read(Arguments.existing(file))));
        String name = Arguments.<String>value(arguments, "--device").orElse("cuda");
        try (Backend device = Backends.open(name, DeviceOptions.standard(), output::remark)) {
            output.print("checking " + device.name());
            for (String model : small ? List.of("mlp", "gpt") : Networks.NAMES) {
                for (Precision precision : List.of(Precision.F32, Precision.BF16)) {
                    parity(model, precision, device, output);
                }
            }
            determinism(device, output);
            speed(small, beside, device, output);
        }
        failures.forEach(failure -> output.print("WRONG: " + failure));
        return failures.isEmpty() ? 0 : 1;
    }

    // ---- right ----------------------------------------------------------------------------------------------------

    private void parity(String name, Precision precision, Backend device, Output output) {
        NamedModel model = NamedModel.of(name, true);
        ModelCheck.Report report = ModelCheck.of(
                model.loss(),
                precision,
                model.inputs(),
                1,
                Optional.of(graph -> CheckCommand.evaluate(graph, model.inputs(), device)));
        double worst = report.device().stream()
                .mapToDouble(row -> row.error() / row.allowed())
                .max()
                .orElse(0);
        report(
                report.agrees(),
                "%s in %s agrees with the reference (worst error %.1e of what is allowed)"
                        .formatted(name, precision.text(), worst),
                output);
    }

    private void determinism(Backend device, Output output) {
        Workload workload = Workload.gpt2(new Gpt2(2, 64, 2, 101, 32), 2, Precision.BF16);
        Map<String, HostTensor> first = train(workload, device);
        Map<String, HostTensor> second = train(workload, device);
        boolean same = first.entrySet().stream()
                .allMatch(
                        e -> e.getValue().data().mismatch(second.get(e.getKey()).data()) == -1);
        report(same, STEPS + " steps of gpt2 in bf16 give the same bits twice", output);
    }

    private static Map<String, HostTensor> train(Workload workload, Backend device) {
        Plan plan = Scheduler.plan(workload.graph(), device.capabilities());
        try (Executable executable = device.load(plan)) {
            workload.inputs().forEach(executable::write);
            for (int i = 0; i < STEPS; i++) {
                executable.run();
            }
            Map<String, HostTensor> result = new LinkedHashMap<>();
            plan.inputs().keySet().forEach(name -> result.put(name, executable.read(name)));
            plan.outputs().keySet().forEach(name -> result.put(name, executable.read(name)));
            return result;
        }
    }

    private void report(boolean right, String what, Output output) {
        output.print((right ? "ok     " : "WRONG  ") + what);
        if (!right) {
            failures.add(what);
        }
    }

    // ---- fast -----------------------------------------------------------------------------------------------------

    private static void speed(boolean small, Map<String, String> beside, Backend device, Output output) {
        output.print("");
        output.print("on " + device.name());
        String others = beside.isEmpty() ? "" : "PyTorch eager, compiled (ms)";
        output.print("%-20s %12s %18s  %s".formatted("workload", "ms a step", "rate", others));
        for (Workload workload : GpuWorkloads.all(small)) {
            double ms = Measurement.milliseconds(workload, device, small ? 1 : 10, small ? 1 : 7);
            output.print(String.format(
                    Locale.ROOT,
                    "%-20s %12.3f %10.4g %s  %s",
                    workload.name(),
                    ms,
                    workload.items() / ms * 1e3,
                    workload.unit(),
                    beside.getOrDefault(workload.name(), "")));
        }
    }

    /// Figures by workload.
    private static Map<String, String> read(Path file) {
        Map<String, String> figures = new LinkedHashMap<>();
        try {
            for (String line : Files.readAllLines(file)) {
                String[] parts = line.split("\t", 2);
                if (parts.length == 2) {
                    figures.put(parts[0], parts[1].replace("\t", "  "));
                }
            }
        } catch (IOException e) {
            throw new CliException(file + " cannot be read: " + e.getMessage());
        }
        return figures;
    }
}
