package dagrad.cli;

import dagrad.io.FileException;
import dagrad.models.jobs.Job;
import dagrad.models.jobs.SavedRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad export RUN --out FOLDER`: a trained model in the files that other programs expect.
final class ExportCommand implements Command {
    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage()
                .description("Puts a trained model into files that other programs read.")
                .footer(
                        "",
                        "Of runs of text and finetune: model.safetensors and config.json as Hugging Face's GPT-2, with",
                        "adapters added to the weights, and tokenizer.json, or alphabet.txt with the characters that the",
                        "tokens 0, 1, … stand for. dagrad finetune goes on from such a folder, too, unless its tokens are bytes.",
                        "",
                        "Example:",
                        "  dagrad export finetune --out my-gpt2");
        spec.addPositional(Arguments.operand(
                0, "RUN", String.class, "the run's folder; the name of a job means its last run in the folder runs"));
        spec.addOption(Arguments.option("--out", "FOLDER", Path.class, "must be empty, or not there yet"));
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        SavedRun run = SavedRun.open(RunFolders.named(Arguments.operand(arguments, 0, String.class)));
        if (!(run.job() instanceof Job.Exporting job)) {
            throw new CliException(run.folder() + " is a run of " + run.job().name()
                    + "; its weights.safetensors is all" + " there is for other programs");
        }
        Path out = Arguments.<Path>value(arguments, "--out")
                .orElseThrow(() -> new CliException("--out FOLDER is missing; try dagrad export --help"));
        try {
            Files.createDirectories(out);
            try (Stream<Path> inside = Files.list(out)) {
                if (inside.findAny().isPresent()) {
                    throw new CliException("there is something in " + out + " already; choose another folder");
                }
            }
        } catch (IOException e) {
            throw FileException.writing(out, e);
        }
        job.export(run, out);
        output.print(run.folder() + " is now in " + out);
        return 0;
    }
}
