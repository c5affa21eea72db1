package dagrad.train;

import dagrad.io.AtomicFile;
import dagrad.io.FileException;
import dagrad.io.Json;
import dagrad.io.Safetensors;
import dagrad.tensor.HostTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/// A folder of a training's results:
///
/// - `config.json`: all that was asked for, defaults included;
/// - `metrics.jsonl`: one JSON object a line, with `step`, `loss` (the mean over the steps since the line before), the
///   graph's other scalars, `val_loss` and so on where the validation data was evaluated, `learning_rate`,
///   `gradient_norm` and `items_per_s`;
/// - `learning_curve.png`: what they look like;
/// - `weights.safetensors`: the parameters by name.
///
/// All but the metrics appear whole or not at all; metrics appear line by line as they come.
public final class Run implements Consumer<Event>, AutoCloseable {
    public static final String CONFIG = "config.json";
    public static final String METRICS = "metrics.jsonl";
    public static final String CURVE = "learning_curve.png";
    public static final String WEIGHTS = "weights.safetensors";

    /// About so many lines of metrics are written, however long the training; evaluations come on top.
    private static final int LINES = 1000;

    private final Path folder;
    private final FileChannel metrics;
    private final LearningCurve curve = new LearningCurve();
    private long every = 1;
    private double lossSum;
    private long lossCount;

    private Run(Path folder, FileChannel metrics) {
        this.folder = folder;
        this.metrics = metrics;
    }

    /// Makes the folder and writes the configuration.
    ///
    /// @param config anything that Jackson writes as JSON: a record, a map
    /// @throws FileException if that cannot be done, or the folder has something in it already
    public static Run create(Path folder, Object config) {
        try {
            Files.createDirectories(folder);
            try (Stream<Path> inside = Files.list(folder)) {
                if (inside.findAny().isPresent()) {
                    throw new FileException("cannot write to " + folder
                            + ": there is something in it already; choose another folder or empty this one");
                }
            }
            String json = Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(config) + "\n";
            AtomicFile.write(folder.resolve(CONFIG), channel -> writeAll(channel, json));
            return new Run(
                    folder,
                    FileChannel.open(folder.resolve(METRICS), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
        } catch (IOException e) {
            throw FileException.writing(folder, e);
        }
    }

    private static void writeAll(FileChannel channel, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    public Path folder() {
        return folder;
    }

    @Override
    public void accept(Event event) {
        switch (event) {
            case Event.Started started -> every = Math.max(1, started.steps() / LINES);
            case Event.Step step -> log(step);
            case Event.Finished _ -> curve.write(folder.resolve(CURVE));
        }
    }

    private void log(Event.Step step) {
        lossSum += step.loss();
        lossCount++;
        if (step.step() % every != 0 && step.step() != 1 && step.validation().isEmpty()) {
            return;
        }
        double loss = lossSum / lossCount;
        lossSum = 0;
        lossCount = 0;
        curve.add(step, loss);
        ObjectNode line = Json.mapper().createObjectNode();
        line.put("step", step.step());
        put(line, "loss", loss);
        step.outputs().forEach((name, value) -> put(line, name, value));
        step.validation().forEach((name, value) -> put(line, "val_" + name, value));
        put(line, "learning_rate", step.learningRate());
        step.gradientNorm().ifPresent(norm -> put(line, "gradient_norm", norm));
        put(line, "items_per_s", Math.round(10 * step.itemsPerSecond()) / 10.0);
        try {
            writeAll(metrics, Json.mapper().writeValueAsString(line) + "\n");
        } catch (IOException e) {
            throw FileException.writing(folder.resolve(METRICS), e);
        }
    }

    /// JSON has no word for what is not finite.
    private static void put(ObjectNode line, String name, double value) {
        if (Double.isFinite(value)) {
            line.put(name, value);
        } else {
            line.putNull(name);
        }
    }

    /// Writes the weights.
    ///
    /// @throws FileException if that fails; nothing half-written is left behind
    public void save(Map<String, HostTensor> parameters) {
        Safetensors.write(folder.resolve(WEIGHTS), parameters);
    }

    @Override
    public void close() {
        try {
            metrics.close();
        } catch (IOException e) {
            throw FileException.writing(folder.resolve(METRICS), e);
        }
    }
}
