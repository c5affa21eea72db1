package dagrad.cli;

import dagrad.backend.Backend;
import dagrad.data.Download;
import dagrad.data.Examples;
import dagrad.models.data.FashionMnist;
import dagrad.models.jobs.FashionJob;
import dagrad.models.jobs.Length;
import dagrad.models.jobs.NamesJob;
import dagrad.precision.Precision;
import dagrad.train.Event;
import dagrad.train.Progress;
import dagrad.train.Terminal;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad train names` and `dagrad train fashion`.
final class TrainCommand implements Command {
    static final List<String> JOBS = List.of("names", "fashion");

    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage()
                .description("Trains a model.")
                .footer(
                        "",
                        "names    a language model over the characters of Unicode's symbol names, which every JDK has",
                        "         with it; invents names in the end",
                        "fashion  tells the clothes of Fashion-MNIST apart; looked for in --data, then where Debian's",
                        "         package dataset-fashion-mnist puts it, then downloaded",
                        "",
                        "With --out RUN the folder RUN holds config.json, metrics.jsonl, learning_curve.png and",
                        "weights.safetensors; dagrad sample RUN and dagrad predict RUN use it.");
        spec.addPositional(Arguments.operand(0, "JOB", String.class, "names or fashion"));
        spec.addOption(Arguments.option("--steps", "N", Long.class, "how many steps to train"));
        spec.addOption(Arguments.option("--epochs", "X", Double.class, "how many times through the data, instead"));
        spec.addOption(Arguments.option("--batch", "N", Integer.class, "examples of a step"));
        spec.addOption(Arguments.option("--lr", "X", Double.class, "the highest learning rate"));
        spec.addOption(Arguments.option("--seed", "N", Long.class, "of everything random; by default 1"));
        spec.addOption(Arguments.option("--data", "FOLDER", Path.class, "where to look for the data"));
        spec.addOption(Arguments.option("--out", "RUN", Path.class, "folder for the results; must not be there yet"));
        Arguments.addPrecision(spec);
        Arguments.addDevice(spec);
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        String job = Arguments.operand(arguments, 0, String.class);
        if (!JOBS.contains(job)) {
            throw new CliException("there is no job \"" + job + "\"; there are " + String.join(", ", JOBS));
        }
        Optional<Path> out = Arguments.value(arguments, "--out");
        Precision precision = Arguments.precision(arguments);
        try (Backend device = Arguments.open(arguments, precision, output)) {
            Progress progress = new Progress(Terminal.detect(output.err()));
            if (job.equals("names")) {
                names(arguments, device, out, progress, output);
            } else {
                fashion(arguments, device, out, progress, output);
            }
        }
        out.ifPresent(folder -> output.print("\nresults in " + folder));
        return 0;
    }

    private static void names(
            ParseResult arguments, Backend device, Optional<Path> out, Progress progress, Output output) {
        NamesJob standard = NamesJob.standard();
        NamesJob job = new NamesJob(
                standard.context(),
                standard.embedding(),
                standard.hidden(),
                length(arguments, standard.length()),
                Arguments.positive(arguments, "--batch", standard.batch()),
                rate(arguments, standard.rate()),
                standard.weightDecay(),
                Arguments.<Long>value(arguments, "--seed").orElse(standard.seed()),
                standard.names(),
                standard.temperature(),
                Arguments.precision(arguments));
        NamesJob.Result result = job.run(device, out, progress);
        output.print(finished(result.finished()));
        output.print("\ninvented names:");
        result.names().forEach(name -> output.print("  " + name));
    }

    private static void fashion(
            ParseResult arguments, Backend device, Optional<Path> out, Progress progress, Output output) {
        FashionJob standard = FashionJob.standard();
        FashionJob job = new FashionJob(
                standard.hidden(),
                length(arguments, standard.length()),
                Arguments.positive(arguments, "--batch", standard.batch()),
                rate(arguments, standard.rate()),
                standard.weightDecay(),
                Arguments.<Long>value(arguments, "--seed").orElse(standard.seed()),
                Arguments.precision(arguments));
        FashionMnist data = FashionMnist.load(Arguments.value(arguments, "--data"), new DownloadRemarks(output));
        FashionJob.Result result = job.run(device, examples(data.training()), examples(data.test()), out, progress);
        output.print(finished(result.finished()));
        output.print("on the test images: " + scalars(result.test()));
    }

    private static Examples examples(FashionMnist.Pictures pictures) {
        return pictures.examples("x", "y", FashionJob.PIXELS);
    }

    /// Says at the start and at every quarter how far a download is.
    private static final class DownloadRemarks implements Download.Progress {
        private final Output output;
        private long told = -1;

        DownloadRemarks(Output output) {
            this.output = output;
        }

        @Override
        public void at(long done, long all) {
            long quarter = all <= 0 ? 0 : 4 * done / all;
            if (quarter != told) {
                told = quarter;
                output.remark("downloading Fashion-MNIST: " + 25 * quarter + " % of " + all / 1000 + " kB");
            }
        }
    }

    private static Length length(ParseResult arguments, Length standard) {
        Optional<Long> steps = Arguments.value(arguments, "--steps");
        Optional<Double> epochs = Arguments.value(arguments, "--epochs");
        if (steps.isPresent() && epochs.isPresent()) {
            throw new CliException("--steps and --epochs exclude each other; give one");
        }
        if (steps.isPresent() && steps.get() < 1) {
            throw new CliException("--steps must be 1 or more, not " + steps.get());
        }
        return steps.<Length>map(Length.Steps::new)
                .or(() -> epochs.map(Length.Epochs::new))
                .orElse(standard);
    }

    private static double rate(ParseResult arguments, double standard) {
        double rate = Arguments.<Double>value(arguments, "--lr").orElse(standard);
        if (!(rate > 0) || Double.isInfinite(rate)) {
            throw new CliException("--lr must be above 0, not " + rate);
        }
        return rate;
    }

    private static String finished(Event.Finished finished) {
        String best = finished.best().isEmpty()
                ? ""
                : "; validation " + scalars(finished.best()) + " (best, after step " + finished.bestStep() + ")";
        return String.format(Locale.ROOT, "%d steps in %.1f s%s", finished.steps(), finished.seconds(), best);
    }

    private static String scalars(Map<String, Double> values) {
        return values.entrySet().stream()
                .map(e -> String.format(Locale.ROOT, "%s %.4f", e.getKey(), e.getValue()))
                .reduce((a, b) -> a + ", " + b)
                .orElse("");
    }
}
