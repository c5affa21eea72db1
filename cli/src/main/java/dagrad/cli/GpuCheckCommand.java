package dagrad.cli;

import dagrad.io.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `dagrad gpu-check`: does this machine's GPU compute what it should, and how fast?
final class GpuCheckCommand implements Command {
    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage()
                .description("Checks and measures this machine's GPU, and prints a table.")
                .footer(
                        "",
                        "Compares all operations and all models with the float64 reference, runs trainings twice and",
                        "compares their bits, has compute-sanitizer look where it is on the PATH, and measures. Takes",
                        "some minutes.",
                        "Exit code 1 says that something failed; it goes on to the end nevertheless.");
        spec.addOption(Arguments.flag("--small", "all in small, for an emulated GPU"));
        spec.addOption(Arguments.option(
                "--seconds", "S", Double.class, "least measuring time of each benchmark; by default 5"));
        spec.addOption(
                Arguments.option("--json", "FILE", Path.class, "where the results go; by default gpu-check.json"));
        spec.addOption(Arguments.option(
                "--torch", "SCRIPT", Path.class, "gpu-check-torch.py, to measure PyTorch beside it, where it is"));
        spec.addOption(Arguments.option("--python", "PROGRAM", String.class, "that runs it; by default python3"));
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        boolean small = arguments.hasMatchedOption("--small");
        double seconds = Arguments.<Double>value(arguments, "--seconds").orElse(5.0);
        Path json = Arguments.<Path>value(arguments, "--json").orElse(Path.of("gpu-check.json"));
        String python = Arguments.<String>value(arguments, "--python").orElse("python3");
        Optional<Torch> torch =
                Arguments.<Path>value(arguments, "--torch").flatMap(script -> Torch.find(python, script));
        Agenda agenda = small ? Agenda.small() : Agenda.full(seconds);
        GpuCheck.Result result = new GpuCheck(agenda, torch, output).run();
        output.print("");
        result.figures().toLines().forEach(output::print);
        if (torch.isEmpty()) {
            output.print("PyTorch with CUDA is not there (" + python + "): no figures of it");
        }
        write(result, json);
        output.print("\n" + result.passed() + " passed, " + result.failed().size() + " failed, "
                + result.skipped().size() + " skipped; all of it in " + json);
        result.failed().forEach(name -> output.print("failed: " + name));
        return result.failed().isEmpty() ? 0 : 1;
    }

    private static void write(GpuCheck.Result result, Path file) {
        ObjectNode node = result.figures().toJson();
        node.put("passed", result.passed());
        names(node.putArray("failed"), result.failed());
        names(node.putArray("skipped"), result.skipped());
        try {
            Files.writeString(
                    file, Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(node) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void names(ArrayNode array, List<String> names) {
        names.forEach(array::add);
    }
}
