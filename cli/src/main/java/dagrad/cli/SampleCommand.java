package dagrad.cli;

import dagrad.backend.Backend;
import dagrad.cli.JobOptions.Shortcut;
import dagrad.models.jobs.Common;
import dagrad.models.jobs.Hyperparameters;
import dagrad.models.jobs.Job;
import dagrad.models.jobs.Jobs;
import dagrad.models.jobs.SavedRun;
import dagrad.models.jobs.Workplace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad sample RUN`: something new, made by a trained model.
final class SampleCommand implements Command {
    private static final List<Shortcut> SHORTCUTS = List.of(
            new Shortcut("--count", "count", "N", Integer.class, "how many"),
            new Shortcut(
                    "--temperature",
                    "temperature",
                    "X",
                    Double.class,
                    "below 1 for likelier samples, above for stranger ones"),
            new Shortcut("--prompt", "prompt", "TEXT", String.class, "what texts begin with"),
            new Shortcut("--length", "length", "N", Integer.class, "how many tokens are written after it"),
            new Shortcut("--top-k", "top_k", "N", Integer.class, "draw from so many of the likeliest tokens"),
            new Shortcut("--seed", "seed", "N", Long.class, "of everything random; by default 1"));

    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        List<String> footer = new ArrayList<>();
        for (Job job : Jobs.all()) {
            if (job instanceof Job.Sampling sampling) {
                footer.add("");
                footer.add("Of a run of " + job.name() + ":");
                JobOptions.table(sampling.sampling()).lines().forEach(footer::add);
            }
        }
        footer.addAll(List.of("", "Example:", "  dagrad sample names --count 5 --temperature 0.6"));
        spec.usageMessage()
                .description("Makes samples with the weights of a run of dagrad train.")
                .footer(footer.toArray(String[]::new));
        spec.addPositional(Arguments.operand(
                0, "RUN", String.class, "the run's folder; the name of a job means its last run in the folder runs"));
        JobOptions.addTo(spec, SHORTCUTS);
        Arguments.addDevice(spec);
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        SavedRun run = SavedRun.open(RunFolders.named(Arguments.operand(arguments, 0, String.class)));
        if (!(run.job() instanceof Job.Sampling job)) {
            throw new CliException(run.folder() + " is a run of " + run.job().name() + ", which makes no samples");
        }
        Hyperparameters chosen = JobOptions.chosen(arguments, job.sampling(), SHORTCUTS);
        try (Backend device = Arguments.open(arguments, new Common(run.chosen()).precision(), output)) {
            job.sample(run, chosen, new Workplace(device, Optional.empty(), _ -> {}, output::print, output::remark));
        }
        return 0;
    }
}
