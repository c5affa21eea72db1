package dagrad.cli;

import dagrad.train.TensorBoard;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad tensorboard RUN…`: metrics and pictures for TensorBoard.
final class TensorBoardCommand implements Command {
    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage()
                .description("Writes the metrics and pictures of runs for TensorBoard.")
                .footer(
                        "",
                        "They go to the folder tensorboard in each run's folder, and may be written again while a",
                        "training goes on. TensorBoard itself is not part of Dagrad.",
                        "",
                        "Example:",
                        "  dagrad tensorboard runs/* && tensorboard --logdir runs");
        spec.addPositional(PositionalParamSpec.builder()
                .paramLabel("RUN")
                .arity("1..*")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .description("folders of runs; the name of a job means its last run in the folder runs")
                .build());
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        List<String> runs = arguments.matchedPositionalValue(0, List.of());
        runs.forEach(
                run -> output.print(TensorBoard.write(RunFolders.named(run)).toString()));
        return 0;
    }
}
