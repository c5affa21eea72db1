package dagrad.cli;

import dagrad.backend.Backend;
import dagrad.models.jobs.Common;
import dagrad.models.jobs.Job;
import dagrad.models.jobs.SavedRun;
import dagrad.models.jobs.Workplace;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad predict RUN --data FILE`: what a trained model makes of data.
final class PredictCommand implements Command {
    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage()
                .description("Predicts with the weights of a run of dagrad train.")
                .footer(
                        "",
                        "Of a run of fashion, the data is an IDX file of bytes [n, 28, 28], such as",
                        "t10k-images-idx3-ubyte.gz; of regression, a table with the columns it learnt from.",
                        "",
                        "Examples:",
                        "  dagrad predict fashion --data t10k-images-idx3-ubyte.gz --count 10",
                        "  dagrad predict runs/regression-1 --data new.csv > predicted.csv");
        spec.addPositional(Arguments.operand(
                0, "RUN", String.class, "the run's folder; the name of a job means its last run in the folder runs"));
        spec.addOption(OptionSpec.builder("--data", "--images")
                .paramLabel("FILE")
                .type(Path.class)
                .description("what to predict from")
                .build());
        spec.addOption(Arguments.option("--count", "N", Integer.class, "only the first N examples"));
        Arguments.addDevice(spec);
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        Path file = Arguments.<Path>value(arguments, "--data")
                .orElseThrow(() -> new CliException("--data FILE is missing; try dagrad predict --help"));
        SavedRun run = SavedRun.open(RunFolders.named(Arguments.operand(arguments, 0, String.class)));
        if (!(run.job() instanceof Job.Predicting job)) {
            throw new CliException(run.folder() + " is a run of " + run.job().name() + ", which predicts nothing");
        }
        int count = Arguments.positive(arguments, "--count", Integer.MAX_VALUE);
        try (Backend device = Arguments.open(arguments, new Common(run.chosen()).precision(), output)) {
            job.predict(
                    run,
                    Arguments.existing(file),
                    count,
                    new Workplace(device, Optional.empty(), _ -> {}, output::print, output::remark));
        }
        return 0;
    }
}
