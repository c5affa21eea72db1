package dagrad.cli;

import dagrad.models.jobs.Check;
import dagrad.models.jobs.Job;
import dagrad.models.jobs.Keeping;
import dagrad.models.jobs.SavedRun;
import dagrad.train.Cadence;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// `--checkpoint-every`, `--keep`, `--resume` and `--deterministic-check`.
final class KeepingOptions {
    private static final String EVERY = "--checkpoint-every";
    private static final String KEEP = "--keep";
    private static final String RESUME = "--resume";
    private static final String TWICE = "--deterministic-check";
    private static final String MEMORY = "--plan-memory";

    /// What may be given beside `--resume`: all else is in the run's configuration.
    private static final List<String> BESIDE = List.of("--out", RESUME, EVERY, KEEP, "--device", "--threads");

    private KeepingOptions() {}

    static void addTo(CommandSpec spec) {
        spec.addOption(Arguments.option(
                EVERY, "N", Long.class, "save a checkpoint after every N steps; by default once a minute"));
        spec.addOption(Arguments.option(
                KEEP,
                "K",
                Integer.class,
                "how many checkpoints to keep, besides that of the best evaluation; by default 3"));
        spec.addOption(Arguments.option(
                TWICE,
                "N",
                Long.class,
                "instead of training, do the first N steps twice and compare all bits; exit code 1 if they differ"));
        spec.addOption(Arguments.flag(MEMORY, "instead of training, tell how much memory it would take, and of what"));
        spec.addOption(Arguments.flag(RESUME, "go on in the folder --out where training was interrupted"));
    }

    /// Whether something is to be found out instead of training.
    static boolean checks(ParseResult arguments) {
        return arguments.hasMatchedOption(TWICE) || arguments.hasMatchedOption(MEMORY);
    }

    static Keeping of(ParseResult arguments) {
        Keeping standard = Keeping.standard();
        Optional<Long> every = Arguments.value(arguments, EVERY);
        Keeping keeping = standard.every(every.<Cadence>map(Cadence.Steps::new).orElse(standard.cadence()))
                .last(Arguments.positive(arguments, KEEP, standard.keep()));
        Optional<Long> twice = Arguments.value(arguments, TWICE);
        if (twice.isPresent()) {
            return keeping.checking(new Check.Twice(twice.get()));
        }
        if (arguments.hasMatchedOption(MEMORY)) {
            return keeping.checking(new Check.Memory());
        }
        return arguments.hasMatchedOption(RESUME) ? keeping.resuming() : keeping;
    }

    /// The run that is to go on, if one is.
    ///
    /// @throws CliException if it is not said which, or something else is said about it
    static Optional<SavedRun> resumed(ParseResult arguments, Job job) {
        if (!arguments.hasMatchedOption(RESUME)) {
            return Optional.empty();
        }
        Path out = Arguments.<Path>value(arguments, "--out")
                .orElseThrow(
                        () -> new CliException("--resume needs --out RUN, the folder of the run that is to go on"));
        for (OptionSpec option : arguments.matchedOptions()) {
            if (!BESIDE.contains(option.longestName())) {
                throw new CliException("--resume goes on with the configuration of " + out + "; leave "
                        + option.longestName() + " out");
            }
        }
        return Optional.of(SavedRun.open(out, job.name()));
    }
}
