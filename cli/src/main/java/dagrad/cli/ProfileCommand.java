package dagrad.cli;

import dagrad.backend.Backend;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.io.AtomicFile;
import dagrad.io.FileException;
import dagrad.models.bench.Extent;
import dagrad.models.bench.Profile;
import dagrad.models.bench.ProfileReport;
import dagrad.models.show.Bars;
import dagrad.optimizer.StepGraph;
import dagrad.precision.Precision;
import dagrad.reference.SampleInputs;
import dagrad.tensor.HostTensor;
import dagrad.train.Png;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad profile MODEL`: where the time of a step goes.
final class ProfileCommand implements Command {
    private static final int STEPS = 30;

    /// Launches in the table and in the picture.
    private static final int SHOWN = 15;

    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage()
                .description(
                        "Measures the launches of a training step (with AdamW), each beside the time that its bytes"
                                + " and operations need at least.")
                .footer(
                        "",
                        NamedModel.choices(),
                        "",
                        "\"Of bound\" is the share of a launch's time that its bytes and operations would take at the"
                                + " rates that the device reaches in a copy and in a product of matrices, which are"
                                + " measured as well. What lies in a cache may be above 100 %.",
                        "With --out the folder gets profile.json, profile.png, and trace.json for ui.perfetto.dev or"
                                + " chrome://tracing.",
                        "",
                        "Example:",
                        "  dagrad profile gpt --out profile");
        spec.addPositional(Arguments.operand(0, "MODEL", String.class, "a model's name, or a file"));
        spec.addOption(Arguments.option("--steps", "N", Integer.class, "how many are measured; by default " + STEPS));
        spec.addOption(Arguments.option("--out", "FOLDER", Path.class, "for the files"));
        spec.addOption(Arguments.flag("--small", "the model in small, for an emulated GPU"));
        Arguments.addPrecision(spec);
        Arguments.addDevice(spec);
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        String name = Arguments.operand(arguments, 0, String.class);
        int steps = Arguments.positive(arguments, "--steps", STEPS);
        boolean small = arguments.hasMatchedOption("--small");
        Precision precision = Arguments.precision(arguments);
        Graph loss = NamedModel.of(name, small).loss();
        if (loss.inputs(Input.Kind.PARAMETER).isEmpty()) {
            throw new CliException(name + " has no parameters, so there is no training step to measure");
        }
        Graph step = NamedModel.step(loss, precision);
        Map<String, HostTensor> inputs = new LinkedHashMap<>(SampleInputs.of(step, 1));
        step.inputs(Input.Kind.STATE).keySet().forEach(inputs::remove); // all states begin as zeros
        try (Backend device = Arguments.open(arguments, precision, output)) {
            Profile profile = Profile.of(
                    name, step, inputs, StepGraph.LOSS, device, steps, small ? Extent.SMALL : Extent.STANDARD);
            ProfileReport report = new ProfileReport(profile);
            output.out().print(report.toText(SHOWN));
            Arguments.<Path>value(arguments, "--out").ifPresent(folder -> write(folder, report));
        }
        return 0;
    }

    private static void write(Path folder, ProfileReport report) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw FileException.writing(folder, e);
        }
        text(folder.resolve("profile.json"), report.toJson());
        text(folder.resolve("trace.json"), report.toTrace());
        List<Bars.Bar> bars = report.longest(SHOWN).stream()
                .map(t -> new Bars.Bar(
                        t.number() + " " + t.kind() + "  " + t.label(),
                        t.median(),
                        t.bound(),
                        String.format(Locale.ROOT, "%.3f ms, %.0f %%", t.median() * 1e3, 100 * t.bound() / t.median())))
                .toList();
        String title = "The longest launches of " + report.profile().model() + " on "
                + report.profile().device() + ": time, and in dark what bytes and operations need at least";
        Png.write(folder.resolve("profile.png"), new Bars(title, bars).draw());
    }

    private static void text(Path file, String text) {
        AtomicFile.write(file, text.getBytes(StandardCharsets.UTF_8));
    }
}
