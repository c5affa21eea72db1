package dagrad.cli;

import dagrad.cuda.driver.CudaInstallation;
import dagrad.io.Json;
import dagrad.precision.Precision;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// All checks and benchmarks of a GPU, one after another, each in a process of its own, so that it goes on to the end
/// whatever fails on the way.
final class GpuCheck {
    private static final Duration LIMIT = Duration.ofMinutes(10);
    /// There are some thousand kernels to compile.
    private static final Duration LIMIT_OF_OPERATIONS = Duration.ofMinutes(60);
    private static final String TOO_LARGE = "not enough memory on the GPU";
    private static final List<String> TOOLS = List.of("memcheck", "racecheck");

    private final Agenda agenda;
    private final Optional<Torch> torch;
    private final boolean emulated = CudaInstallation.emulated();
    private final Output output;
    private final List<String> failed = new ArrayList<>();
    private final List<String> skipped = new ArrayList<>();
    private int passed;

    GpuCheck(Agenda agenda, Optional<Torch> torch, Output output) {
        this.agenda = agenda;
        this.torch = torch;
        this.output = output;
    }

    /// What came out.
    ///
    /// @param failed names of steps
    /// @param skipped names of steps, with the reason
    record Result(int passed, List<String> failed, List<String> skipped, GpuFigures figures) {}

    Result run() {
        doctor();
        operations();
        for (String model : agenda.models()) {
            for (Precision precision : agenda.precisions()) {
                judge("parity " + model + " " + precision.text(), dagrad("check", model, precision));
            }
        }
        for (Precision precision : agenda.precisions()) {
            agenda.repeated().forEach(workload -> repeat(workload, precision));
            train(precision);
        }
        TOOLS.forEach(this::sanitize);
        List<GpuFigures.Row> rows = new ArrayList<>();
        agenda.benchmarks().forEach(benchmark -> rows.add(measure(benchmark)));
        GpuFigures figures = new GpuFigures(machine(), emulated, List.copyOf(rows));
        return new Result(passed, List.copyOf(failed), List.copyOf(skipped), figures);
    }

    private void doctor() {
        Child child = dagrad(List.of(), List.of("doctor"));
        child.out().forEach(output::print);
        boolean works = child.out().stream().anyMatch(line -> line.startsWith("cuda ") && line.endsWith(": works"));
        judge("doctor", works, child);
    }

    /// Each operation by itself. Its table is shown, and so is every result that is wrong.
    private void operations() {
        List<String> arguments = new ArrayList<>(List.of("check-operations", "--device", "cuda"));
        arguments.addAll(agenda.operations());
        Child child = Child.run(Child.dagrad(List.of(), arguments), LIMIT_OF_OPERATIONS);
        judge("parity operations", child);
        child.out().forEach(line -> output.print("    " + line));
    }

    // ---- determinism ----------------------------------------------------------------------------------------------

    private void repeat(String workload, Precision precision) {
        String name = "determinism " + workload + " " + precision.text();
        List<String> arguments = new ArrayList<>(List.of("bench"));
        arguments.addAll(List.of(workload.split(" ")));
        arguments.addAll(List.of("--fingerprint", "5"));
        arguments.addAll(device(precision));
        Child first = dagrad(List.of(), arguments);
        Child second = dagrad(List.of(), arguments);
        boolean same =
                first.exit() == 0 && !first.out().isEmpty() && first.out().equals(second.out());
        judge(name, same, first.exit() == 0 ? second : first);
    }

    /// Trains names twice and compares what lies in the folders of the two runs.
    private void train(Precision precision) {
        String name = "determinism training " + precision.text();
        try {
            Path folder = Files.createTempDirectory("dagrad");
            Child first = train(precision, folder.resolve("first"));
            Child second = train(precision, folder.resolve("second"));
            boolean same = first.exit() == 0
                    && second.exit() == 0
                    && Files.mismatch(
                                    folder.resolve("first/weights.safetensors"),
                                    folder.resolve("second/weights.safetensors"))
                            == -1
                    && losses(folder.resolve("first")).equals(losses(folder.resolve("second")));
            judge(name, same, first.exit() == 0 ? second : first);
            delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Child train(Precision precision, Path run) {
        List<String> arguments = new ArrayList<>(List.of("train", "names", "--steps", "" + agenda.trainingSteps()));
        arguments.addAll(List.of("--out", run.toString()));
        arguments.addAll(device(precision));
        return dagrad(List.of(), arguments);
    }

    /// Of each step, as it was written; what else is in the file has times in it.
    private static List<String> losses(Path run) throws IOException {
        return Files.readAllLines(run.resolve("metrics.jsonl")).stream()
                .map(line -> Json.mapper().readTree(line).path("loss").toString())
                .toList();
    }

    private static void delete(Path folder) throws IOException {
        try (var paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Collections.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    // ---- NVIDIA's checks of memory and races ----------------------------------------------------------------------

    private void sanitize(String tool) {
        String name = "compute-sanitizer " + tool;
        Optional<Path> sanitizer = onPath("compute-sanitizer");
        if (emulated || sanitizer.isEmpty()) {
            skip(name, emulated ? "the emulator has checks of its own" : "it is not on the PATH");
            return;
        }
        for (Precision precision : agenda.precisions()) {
            List<String> command = new ArrayList<>(List.of(sanitizer.get().toString(), "--tool", tool));
            command.addAll(List.of("--error-exitcode", "9"));
            List<String> arguments = new ArrayList<>(List.of("check", "gpt"));
            arguments.addAll(device(precision));
            command.addAll(Child.dagrad(List.of("-Ddagrad.cuda.graph=off"), arguments));
            judge(name + " " + precision.text(), Child.run(command, LIMIT));
        }
    }

    private static Optional<Path> onPath(String program) {
        return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    // ---- benchmarks -----------------------------------------------------------------------------------------------

    private GpuFigures.Row measure(Agenda.Benchmark benchmark) {
        List<String> arguments = new ArrayList<>(List.of("bench", benchmark.workload()));
        arguments.addAll(benchmark.options());
        arguments.addAll(List.of("--seconds", "" + agenda.seconds()));
        arguments.addAll(device(benchmark.precision()));
        Child child = dagrad(List.of(), arguments);
        String name = "benchmark " + benchmark;
        Optional<JsonNode> figures = figures(child);
        if (figures.isEmpty() && child.err().stream().anyMatch(line -> line.contains(TOO_LARGE))) {
            skip(name, "it needs more memory than the GPU has");
        } else {
            judge(name, figures.isPresent(), child);
        }
        Map<Torch.Mode, JsonNode> others = new EnumMap<>(Torch.Mode.class);
        torch.ifPresent(t -> {
            for (Torch.Mode mode : Torch.Mode.values()) {
                Child other = t.measure(benchmark, mode, agenda.seconds());
                figures(other).ifPresentOrElse(json -> others.put(mode, json), () -> {
                    skip("PyTorch " + mode.text() + " " + benchmark, "it fails");
                    other.lastWords().forEach(line -> output.print("    " + line));
                });
            }
        });
        return new GpuFigures.Row(benchmark, figures, others);
    }

    private static Optional<JsonNode> figures(Child child) {
        if (child.exit() != 0 || child.out().isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Json.mapper().readTree(child.out().getLast()));
        } catch (JacksonException _) {
            return Optional.empty();
        }
    }

    private Map<String, String> machine() {
        CudaInstallation cuda = CudaInstallation.find();
        Map<String, String> machine = new LinkedHashMap<>();
        machine.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        machine.put("dagrad", Main.VERSION);
        CudaLines.of(cuda)
                .forEach(line -> machine.put(
                        line.substring(0, 10).strip(), line.substring(10).strip()));
        torch.ifPresent(t -> machine.put("PyTorch", t.version()));
        return machine;
    }

    // ---- steps ----------------------------------------------------------------------------------------------------

    private static List<String> device(Precision precision) {
        return List.of("--device", "cuda", "--precision", precision.text());
    }

    private static Child dagrad(String command, String operand, Precision precision) {
        List<String> arguments = new ArrayList<>(List.of(command, operand));
        arguments.addAll(device(precision));
        return dagrad(List.of(), arguments);
    }

    private static Child dagrad(List<String> jvmOptions, List<String> arguments) {
        return Child.run(Child.dagrad(jvmOptions, arguments), LIMIT);
    }

    private void judge(String name, Child child) {
        judge(name, child.exit() == 0, child);
    }

    private void judge(String name, boolean right, Child child) {
        output.print(String.format(Locale.ROOT, "%-44s %s", name, right ? "passed" : "FAILED"));
        if (right) {
            passed++;
        } else {
            failed.add(name);
            child.lastWords().forEach(line -> output.print("    " + line));
        }
    }

    private void skip(String name, String reason) {
        output.print(String.format(Locale.ROOT, "%-44s skipped: %s", name, reason));
        skipped.add(name + ": " + reason);
    }
}
