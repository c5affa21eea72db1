package dagrad.cli;

import dagrad.backend.Backend;
import dagrad.models.jobs.Common;
import dagrad.models.jobs.Hyperparameters;
import dagrad.models.jobs.Job;
import dagrad.models.jobs.Jobs;
import dagrad.models.jobs.SavedRun;
import dagrad.models.jobs.Workplace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad sample RUN`: something new, made by a trained model.
final class SampleCommand implements Command {
    private static final Map<String, String> NAMED = named();

    private static Map<String, String> named() {
        Map<String, String> named = new LinkedHashMap<>();
        named.put("--count", "count");
        named.put("--temperature", "temperature");
        named.put("--prompt", "prompt");
        named.put("--length", "length");
        named.put("--top-k", "top_k");
        named.put("--seed", "seed");
        return named;
    }

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
        spec.addOption(Arguments.option("--count", "N", Integer.class, "how many"));
        spec.addOption(Arguments.option(
                "--temperature", "X", Double.class, "below 1 for likelier samples, above for stranger ones"));
        spec.addOption(Arguments.option("--prompt", "TEXT", String.class, "what texts begin with"));
        spec.addOption(Arguments.option("--length", "N", Integer.class, "how many tokens are written after it"));
        spec.addOption(Arguments.option("--top-k", "N", Integer.class, "draw from so many of the likeliest tokens"));
        spec.addOption(Arguments.option("--seed", "N", Long.class, "of everything random; by default 1"));
        spec.addOption(Arguments.option("--out", "FOLDER", Path.class, "for samples that are pictures"));
        JobOptions.addTo(spec);
        Arguments.addDevice(spec);
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        SavedRun run = SavedRun.open(RunFolders.named(Arguments.operand(arguments, 0, String.class)));
        if (!(run.job() instanceof Job.Sampling job)) {
            throw new CliException(run.folder() + " is a run of " + run.job().name() + ", which makes no samples");
        }
        Hyperparameters chosen = JobOptions.chosen(arguments, job.sampling(), NAMED);
        Optional<Path> out = Arguments.value(arguments, "--out");
        try (Backend device = Arguments.open(arguments, new Common(run.chosen()).precision(), output)) {
            job.sample(run, chosen, new Workplace(device, out, _ -> {}, output::print, output::remark));
        }
        return 0;
    }
}
