package dagrad.cli;

import dagrad.backend.Backend;
import dagrad.data.Idx;
import dagrad.models.jobs.FashionJob;
import dagrad.models.jobs.SavedRun;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad predict RUN --images FILE`: what a trained classifier makes of images.
final class PredictCommand implements Command {
    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage()
                .description("Classifies images with the weights of a run of dagrad train fashion.")
                .footer("", "The images are an IDX file of bytes [n, 28, 28], such as t10k-images-idx3-ubyte.gz.");
        spec.addPositional(Arguments.operand(
                0, "RUN", String.class, "the run's folder, or fashion for its last run in the folder runs"));
        spec.addOption(Arguments.option("--images", "FILE", Path.class, "an IDX file, compressed by gzip or not"));
        spec.addOption(Arguments.option("--count", "N", Integer.class, "only the first N images"));
        Arguments.addDevice(spec);
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        Path file = Arguments.<Path>value(arguments, "--images")
                .orElseThrow(() -> new CliException("--images FILE is missing; try dagrad predict --help"));
        SavedRun run = SavedRun.open(RunFolders.named(Arguments.operand(arguments, 0, String.class)), "fashion");
        HostTensor images = pixels(Idx.read(Arguments.existing(file)).tensor(), file);
        int count = Math.min(images.shape().dim(0), Arguments.positive(arguments, "--count", Integer.MAX_VALUE));
        HostTensor first = HostTensor.of(
                java.util.Arrays.copyOf(images.floats(), count * FashionJob.PIXELS), count, FashionJob.PIXELS);
        try (Backend device = Arguments.open(arguments, output)) {
            List<FashionJob.Prediction> predictions = FashionJob.predict(device, run, first);
            for (int i = 0; i < predictions.size(); i++) {
                FashionJob.Prediction p = predictions.get(i);
                output.print(String.format(Locale.ROOT, "%5d  %-12s %.3f", i, p.name(), p.probability()));
            }
        }
        return 0;
    }

    /// Bytes to numbers from 0 to 1.
    private static HostTensor pixels(HostTensor bytes, Path file) {
        int n = bytes.shape().rank() == 0 ? 0 : bytes.shape().dim(0);
        if (n == 0 || bytes.size() != (long) n * FashionJob.PIXELS) {
            throw new CliException(file + " holds " + bytes.spec() + ", not images of 28 x 28 pixels");
        }
        float[] values = bytes.cast(DType.F32).floats();
        for (int i = 0; i < values.length; i++) {
            values[i] /= 255f;
        }
        return HostTensor.of(values, n, FashionJob.PIXELS);
    }
}
