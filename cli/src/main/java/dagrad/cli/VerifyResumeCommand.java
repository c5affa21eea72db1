package dagrad.cli;

import dagrad.backend.Backend;
import dagrad.models.jobs.Check;
import dagrad.models.jobs.Common;
import dagrad.models.jobs.Keeping;
import dagrad.models.jobs.SavedRun;
import dagrad.models.jobs.TrainingEnded;
import dagrad.models.jobs.Workplace;
import java.util.Optional;
import java.util.OptionalLong;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad verify-resume RUN`.
final class VerifyResumeCommand implements Command {
    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage()
                .description(
                        "Does the steps between two checkpoints of a run again, and compares parameters, optimizer state"
                                + " and evaluations bit for bit. Writes nothing. Exit code 1 if they differ.")
                .footer(
                        "",
                        "Examples:",
                        "  dagrad verify-resume names",
                        "  dagrad verify-resume runs/names-1 --from 270");
        spec.addPositional(Arguments.operand(
                0, "RUN", String.class, "the run's folder; the name of a job means its last run in the folder runs"));
        spec.addOption(Arguments.option(
                "--from", "STEP", Long.class, "begin at the checkpoint after that step; by default the last but one"));
        Arguments.addDevice(spec);
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        SavedRun run = SavedRun.open(RunFolders.named(Arguments.operand(arguments, 0, String.class)));
        OptionalLong from =
                Arguments.<Long>value(arguments, "--from").map(OptionalLong::of).orElse(OptionalLong.empty());
        Keeping keeping = Keeping.standard().checking(new Check.Resume(run.folder(), from));
        try (Backend device = Arguments.open(arguments, new Common(run.chosen()).precision(), output)) {
            run.job()
                    .run(
                            run.chosen(),
                            new Workplace(device, Optional.empty(), _ -> {}, output::print, output::remark, keeping));
        } catch (TrainingEnded e) {
            output.print(e.getMessage());
            return e.asHoped() ? 0 : 1;
        }
        throw new CliException(run.job().name() + " trains nothing that could be checked");
    }
}
