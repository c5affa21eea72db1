package dagrad.cli;

import dagrad.backend.Backend;
import dagrad.graph.Graph;
import dagrad.io.AtomicFile;
import dagrad.io.Safetensors;
import dagrad.precision.Precision;
import dagrad.reference.Direction;
import dagrad.reference.ModelCheck;
import dagrad.reference.NodeCheck;
import dagrad.reference.WrongRule;
import dagrad.reference.report.CheckJson;
import dagrad.reference.report.CheckPage;
import dagrad.reference.report.CheckReport;
import dagrad.schedule.Scheduler;
import dagrad.tensor.HostTensor;
import dagrad.train.Evaluator;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad check MODEL`: are the gradients right, and does the device compute them?
final class CheckCommand implements Command {
    /// Random directions that are drawn.
    private static final int DIRECTIONS = 3;

    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage()
                .description(
                        "Compares a model's gradients with slopes of its loss in float64, and every value that the device"
                                + " computes with the reference.")
                .footer(
                        "",
                        NamedModel.choices(),
                        "Shipped models are checked in a small size. A graph needs a scalar output \"loss\".",
                        "",
                        "What a value may be off by follows from types, lengths of sums and the operands; the first that is"
                                + " off by more is named with its operation and source line. docs/checking.md tells how.",
                        "Exit code 1 says that something disagrees.",
                        "",
                        "Examples:",
                        "  dagrad check gpt",
                        "  dagrad check names --device cuda --precision bf16",
                        "  dagrad check network.json --html check.html --json check.json");
        spec.addPositional(Arguments.operand(0, "MODEL", String.class, "a model's name, or a file"));
        spec.addOption(
                Arguments.option("--inputs", "FILE", Path.class, "safetensors with inputs; what is missing is random"));
        spec.addOption(Arguments.option("--seed", "N", Long.class, "for directions and random inputs; by default 1"));
        spec.addOption(Arguments.option(
                "--html", "FILE", Path.class, "the report as a page, with pictures of the loss and its tangents"));
        spec.addOption(Arguments.option("--json", "FILE", Path.class, "the report for programs"));
        Arguments.addPrecision(spec);
        Arguments.addDevice(spec);
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        NamedModel model = NamedModel.of(Arguments.operand(arguments, 0, String.class), true);
        Map<String, HostTensor> inputs = new LinkedHashMap<>(model.inputs());
        Arguments.<Path>value(arguments, "--inputs").ifPresent(file -> inputs.putAll(Safetensors.read(file)));
        Optional<Path> page = Arguments.value(arguments, "--html");
        Optional<Path> json = Arguments.value(arguments, "--json");
        boolean isDrawn = page.isPresent() || json.isPresent();
        Precision precision = Arguments.precision(arguments);
        long seed = Arguments.<Long>value(arguments, "--seed").orElse(1L);
        try (Backend device = Arguments.open(arguments, precision, output)) {
            Function<Graph, Map<String, HostTensor>> evaluate = graph -> Evaluator.once(device, graph, inputs);
            Graph joint = ModelCheck.withGradients(precision.of(model.loss()));
            ModelCheck.Report comparisons = ModelCheck.of(model.loss(), precision, inputs, seed, Optional.of(evaluate));
            boolean isRight = comparisons.slopes().stream().allMatch(ModelCheck.Row::agrees);
            CheckReport report = CheckReport.of(
                    model.name(),
                    device.name(),
                    precision.text(),
                    seed,
                    model.loss(),
                    comparisons,
                    isRight ? Optional.empty() : WrongRule.of(model.loss(), inputs, seed),
                    NodeCheck.of(Scheduler.plan(joint, device.capabilities()), precision, inputs, evaluate),
                    isDrawn ? Direction.of(model.loss(), inputs, DIRECTIONS, seed) : List.of());
            output.out().print(report.toText());
            page.ifPresent(file -> write(file, CheckPage.of(report)));
            json.ifPresent(file -> write(file, CheckJson.of(report)));
            return report.agrees() ? 0 : 1;
        }
    }

    private static void write(Path file, String text) {
        AtomicFile.write(file, text.getBytes(StandardCharsets.UTF_8));
    }
}
