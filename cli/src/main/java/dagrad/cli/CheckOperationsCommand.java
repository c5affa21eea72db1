package dagrad.cli;

import dagrad.backend.Backend;
import dagrad.ops.OpCheck;
import dagrad.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad check-operations`: does a device compute each single operation?
final class CheckOperationsCommand implements Command {
    private static final String LINE = "%-6s %10s %8s %8s %8s  %s";

    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage()
                .description("Compares a device with the float64 reference, operation by operation.")
                .footer(
                        "",
                        "Each operation is tried on operands of many shapes, forward and with the gradient of every",
                        "operand, in f32 and bf16. How far a result may be off follows from its type and the number of",
                        "terms that it sums up; the table tells how much of that was used. Exit code 1 says that",
                        "something disagrees, and names it.");
        spec.addPositional(PositionalParamSpec.builder()
                .index("0..*")
                .arity("0..1")
                .paramLabel("OPERATION")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .description("only these; by default all")
                .build());
        Arguments.addDevice(spec);
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        List<String> names = arguments.matchedPositionalValue(0, List.of());
        try (Backend device = Arguments.open(arguments, output)) {
            List<OpCheck> checks =
                    OpCheck.run(device, names, check -> check.wrong().forEach(line -> output.print("wrong: " + line)));
            output.print("operations on " + device.name());
            table(checks).forEach(output::print);
            List<String> wrong = checks.stream()
                    .filter(check -> !check.wrong().isEmpty())
                    .map(OpCheck::name)
                    .distinct()
                    .toList();
            output.print(wrong.isEmpty() ? "all agree" : "wrong: " + String.join(", ", wrong));
            return wrong.isEmpty() ? 0 : 1;
        }
    }

    /// A line for each type.
    private static List<String> table(List<OpCheck> checks) {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT, LINE, "type", "operations", "samples", "results", "worst", "of allowed, in"));
        for (DType dtype : OpCheck.TYPES) {
            List<OpCheck> computed = checks.stream()
                    .filter(check -> check.figures().containsKey(dtype))
                    .toList();
            OpCheck.Figures all = computed.stream()
                    .map(check -> check.figures().getOrDefault(dtype, OpCheck.Figures.NONE))
                    .reduce(OpCheck.Figures.NONE, OpCheck.Figures::plus);
            long operations = computed.stream().map(OpCheck::name).distinct().count();
            String worst = String.format(Locale.ROOT, "%.3g", all.worst());
            lines.add(String.format(
                    Locale.ROOT, LINE, dtype.text(), operations, all.samples(), all.results(), worst, all.where()));
        }
        return lines;
    }
}
