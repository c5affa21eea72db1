package dagrad.cli;

import dagrad.backend.Backend;
import dagrad.cli.JobOptions.Shortcut;
import dagrad.models.jobs.Common;
import dagrad.models.jobs.Hyperparameters;
import dagrad.models.jobs.Job;
import dagrad.models.jobs.Jobs;
import dagrad.models.jobs.Keeping;
import dagrad.models.jobs.SavedRun;
import dagrad.models.jobs.TrainingEnded;
import dagrad.models.jobs.Workplace;
import dagrad.train.Progress;
import dagrad.train.Terminal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad train JOB`, and `dagrad finetune`, which is `dagrad train finetune`.
///
/// @param only the job, if there is no choice
record TrainCommand(Optional<Job> only) implements Command {
    private static final List<Shortcut> SHORTCUTS = List.of(
            new Shortcut("--data", "data", "PATH", Path.class, "where to look for the data"),
            new Shortcut("--weights", "weights", "FILE", Path.class, "weights to begin with, as safetensors"),
            new Shortcut(
                    "--lora",
                    "lora",
                    "rank=N,…",
                    String.class,
                    "train adapters of the weights alone: rank=8,alpha=16,targets=qkv+up"),
            new Shortcut("--steps", "steps", "N", Long.class, "how many steps to train"),
            new Shortcut("--epochs", "epochs", "X", Double.class, "how many times through the data, instead"),
            new Shortcut("--batch", "batch", "N", Integer.class, "examples of a step"),
            new Shortcut("--lr", "learning_rate", "X", Double.class, "the highest learning rate"),
            new Shortcut("--seed", "seed", "N", Long.class, "of everything random; by default 1"),
            new Shortcut(
                    "--memory-budget",
                    "memory_budget",
                    "BYTES",
                    String.class,
                    "what a step may take on the device, such as 6GB: what does not fit is computed again"),
            new Shortcut("--precision", "precision", "P", String.class, Arguments.PRECISIONS),
            new Shortcut(
                    "--on-nan",
                    "on_nan",
                    "WHAT",
                    String.class,
                    "what a step does whose loss or gradient is not finite: stop (default), and say where it comes from,"
                            + " or skip"));

    /// The job that a file stands for, and its hyperparameter for that file.
    private static final String NETWORK = "network";

    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        List<String> footer = new ArrayList<>(List.of(""));
        for (Job job : Jobs.all()) {
            footer.add(String.format("  %-12s%s", job.name(), job.summary()));
        }
        footer.addAll(List.of(
                "",
                "A file with a network (docs/network-json.md) stands for: network --set network=FILE.",
                "",
                "The run's folder holds config.json, metrics.jsonl, learning_curve.png, weights.safetensors, and what",
                "the job shows; dagrad sample RUN and dagrad predict RUN use it. dagrad train JOB --list prints the",
                "job's hyperparameters, all of which --config and --set can change.",
                "",
                "Examples:",
                "  dagrad train names",
                "  dagrad train fashion --epochs 3 --set hidden=[512,256] --out runs/wide",
                "  dagrad train fashion --set model=conv",
                "  dagrad train clip --data FOLDER   images in subfolders by class, or with a captions.csv",
                "  dagrad train fashion --out runs/wide --resume"));
        only.ifPresentOrElse(job -> describe(job, spec), () -> {
            spec.usageMessage().description("Trains a model.").footer(footer.toArray(String[]::new));
            spec.addPositional(Arguments.operand(
                    0, "JOB", String.class, String.join(", ", Jobs.names()) + ", or a network's file"));
        });
        spec.addOption(Arguments.option(
                "--out",
                "RUN",
                Path.class,
                "folder for the results; must not be there yet; by default the next of runs/JOB-1, runs/JOB-2, …"));
        spec.addOption(Arguments.flag("--no-out", "keep no results"));
        KeepingOptions.addTo(spec);
        spec.addOption(Arguments.flag("--list", "print the job's hyperparameters instead"));
        JobOptions.addTo(spec, SHORTCUTS);
        spec.addOption(Arguments.flag(
                "--fit",
                "cut steps into runs that fit the device, and compute again what cannot be kept, as is fastest"));
        Arguments.addDevice(spec);
        return spec;
    }

    private static void describe(Job job, CommandSpec spec) {
        spec.usageMessage()
                .description("Trains " + job.summary() + ".")
                .footer(
                        "",
                        "Beside the weights there must be config.json and tokenizer.json (or vocab.json and merges.txt), as",
                        "in Hugging Face's model folders. The run's folder holds what dagrad train leaves behind; with",
                        "--lora its weights.safetensors holds the adapters alone, and the weights are needed again.",
                        "dagrad sample RUN writes texts, dagrad export RUN makes files for other programs.",
                        "",
                        "Examples:",
                        "  dagrad finetune --weights gpt2/model.safetensors --data letters.txt",
                        "  dagrad finetune --weights gpt2/model.safetensors --data letters.txt --lora rank=8 --lr 1e-3");
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        Optional<String> network = network(arguments);
        Job job = only.orElseGet(
                () -> Jobs.named(network.isPresent() ? NETWORK : Arguments.operand(arguments, 0, String.class)));
        if (arguments.hasMatchedOption("--list")) {
            output.out().print(JobOptions.table(job.standard()));
            return 0;
        }
        if (arguments.hasMatchedOption("--steps") && arguments.hasMatchedOption("--epochs")) {
            throw new CliException("--steps and --epochs exclude each other; give one");
        }
        Hyperparameters own =
                network.map(file -> job.standard().with(NETWORK, file)).orElseGet(job::standard);
        Hyperparameters cut = arguments.hasMatchedOption("--fit") ? own.with("fit", "true") : own;
        Hyperparameters standard = arguments.hasMatchedOption("--epochs") ? cut.with("steps", 0) : cut;
        Optional<Path> out = out(arguments, job);
        Hyperparameters chosen = KeepingOptions.resumed(arguments, job)
                .map(SavedRun::chosen)
                .orElseGet(() -> JobOptions.chosen(arguments, standard, SHORTCUTS));
        try (Backend device = Arguments.open(arguments, new Common(chosen).precision(), output);
                Interrupts interrupts = new Interrupts(output, "ending after this step; once more ends at once")) {
            Progress progress = new Progress(Terminal.detect(output.err()));
            Keeping keeping = KeepingOptions.of(arguments).telling(interrupts::stops);
            job.run(chosen, new Workplace(device, out, progress, output::print, output::remark, keeping));
        } catch (TrainingEnded e) {
            if (KeepingOptions.checks(arguments)) {
                output.print(e.getMessage());
                return e.asHoped() ? 0 : 1;
            }
            output.print(e.getMessage()
                    + out.map(folder -> "; to go on: dagrad train " + job.name() + " --out " + folder + " --resume")
                            .orElse("; nothing was kept"));
            return 0;
        }
        out.ifPresent(folder -> output.print("\nresults in " + folder));
        return 0;
    }

    /// The file that stands in the place of a job's name, if one does.
    private Optional<String> network(ParseResult arguments) {
        return only.isPresent()
                ? Optional.empty()
                : Optional.of(Arguments.operand(arguments, 0, String.class))
                        .filter(named -> !Jobs.names().contains(named) && Files.isRegularFile(Path.of(named)));
    }

    private static Optional<Path> out(ParseResult arguments, Job job) {
        Optional<Path> out = Arguments.value(arguments, "--out");
        if (arguments.hasMatchedOption("--no-out")) {
            if (out.isPresent()) {
                throw new CliException("--out and --no-out exclude each other; give one");
            }
            return out;
        }
        return out.or(() -> Optional.of(RunFolders.next(job.name())));
    }
}
