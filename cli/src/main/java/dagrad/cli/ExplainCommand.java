package dagrad.cli;

import dagrad.models.network.Explain;
import dagrad.models.network.NetworkJson;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad explain NETWORK.json`: the lecture's forward and backward pass as tables.
final class ExplainCommand implements Command {
    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage()
                .description("Prints a network's forward values and the tables of its backpropagation.")
                .footer(
                        "",
                        "The file is described in docs/network-json.md; try examples/lecture.json.",
                        "All is computed by the definitions (12) and (13), number by number, in float64.");
        spec.addPositional(Arguments.operand(0, "NETWORK", Path.class, "a network, as JSON"));
        spec.addOption(Arguments.option("--lines", "N", Integer.class, "lines of a table at most; by default all"));
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        Path file = Arguments.existing(Arguments.operand(arguments, 0, Path.class));
        Explain explained = Explain.of(NetworkJson.read(file));
        output.out().print(explained.toText(Arguments.positive(arguments, "--lines", Integer.MAX_VALUE)));
        return 0;
    }
}
