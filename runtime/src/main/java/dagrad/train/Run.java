package dagrad.train;

import dagrad.io.AtomicFile;
import dagrad.io.FileException;
import dagrad.io.Json;
import dagrad.io.Safetensors;
import dagrad.tensor.HostTensor;
import dagrad.train.checkpoint.CheckpointFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// A folder of a training's results:
///
/// - `config.json`: all that was asked for, defaults included;
/// - `metrics.jsonl`: one JSON object a line, with `step`, `loss` (the mean over the steps since the line before), the
///   graph's other scalars, `val_loss` and so on where the validation data was evaluated, `learning_rate`,
///   `gradient_norm` and `items_per_s`;
/// - `learning_curve.png`: what they look like;
/// - `weights.safetensors`: the parameters by name;
/// - `plan.json`, `launches.json`: what a step is made of, and how long each part took in one that was measured;
/// - `checkpoints`: what an interrupted training goes on from ([CheckpointFolder]), if that is wanted.
///
/// All but the metrics appear whole or not at all; metrics appear line by line as they come.
public final class Run implements Consumer<Event>, AutoCloseable {
    public static final String CONFIG = "config.json";
    public static final String METRICS = "metrics.jsonl";
    public static final String CURVE = "learning_curve.png";
    public static final String WEIGHTS = "weights.safetensors";
    public static final String CHECKPOINTS = "checkpoints";
    public static final String PLAN = "plan.json";
    public static final String LAUNCHES = "launches.json";

    /// Of the losses since the last line.
    private static final String LOSS_SUM = "loss_sum";

    private static final String LOSS_COUNT = "loss_count";

    /// About so many lines of metrics are written, however long the training; evaluations come on top.
    private static final int LINES = 1000;

    private final Path folder;
    private final Metrics metrics;
    private final LearningCurve curve = new LearningCurve();
    private long every = 1;
    private double lossSum;
    private long lossCount;

    private Run(Path folder, Metrics metrics) {
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
            configure(folder, config);
            return new Run(folder, Metrics.open(folder.resolve(METRICS)));
        } catch (IOException e) {
            throw FileException.writing(folder, e);
        }
    }

    private static void configure(Path folder, Object config) {
        String json = Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(config) + "\n";
        AtomicFile.write(folder.resolve(CONFIG), json.getBytes(StandardCharsets.UTF_8));
    }

    /// Writes the configuration anew, when more is known.
    public void configure(Object config) {
        configure(folder, config);
    }

    /// Opens the folder of a training that was interrupted, to go on with it: [Event.Resumed] takes the metrics back to the
    /// step that is gone on from.
    ///
    /// @throws FileException if it is not there, or another process writes to it
    public static Run open(Path folder) {
        if (!Files.exists(folder.resolve(CONFIG))) {
            throw new FileException("there is no run in " + folder + " to go on with: it has no " + CONFIG);
        }
        return new Run(folder, Metrics.open(folder.resolve(METRICS)));
    }

    /// Where and how often a training is saved whose results are here, with what this has to remember.
    ///
    /// @param keep how many checkpoints are kept, besides that of the best evaluation
    public Checkpointing checkpoints(Cadence cadence, int keep) {
        return new Checkpointing(new CheckpointFolder(folder.resolve(CHECKPOINTS)), cadence, keep, this::notes);
    }

    private Map<String, Double> notes() {
        return Map.of(LOSS_SUM, lossSum, LOSS_COUNT, (double) lossCount);
    }

    /// As if the training had never gone further.
    private void goBack(Event.Resumed resumed) {
        metrics.goBackTo(resumed.step(), curve::add);
        lossSum = resumed.notes().getOrDefault(LOSS_SUM, 0.0);
        lossCount = resumed.notes().getOrDefault(LOSS_COUNT, 0.0).longValue();
    }

    public Path folder() {
        return folder;
    }

    @Override
    public void accept(Event event) {
        switch (event) {
            case Event.Started started -> every = Math.max(1, started.steps() / LINES);
            case Event.Resumed resumed -> goBack(resumed);
            case Event.Warning _ -> {}
            case Event.Step step -> log(step);
            case Event.Finished _ -> curve.write(folder.resolve(CURVE));
        }
    }

    private void log(Event.Step step) {
        if (Double.isFinite(step.loss())) { // not so where a step was left out
            lossSum += step.loss();
            lossCount++;
        }
        if (step.step() % every != 0 && step.step() != 1 && step.validation().isEmpty()) {
            return;
        }
        double loss = lossSum / lossCount;
        lossSum = 0;
        lossCount = 0;
        curve.add(step, loss);
        metrics.add(step, loss);
    }

    /// Writes the weights.
    ///
    /// @throws FileException if that fails; nothing half-written is left behind
    public void save(Map<String, HostTensor> parameters) {
        Safetensors.write(folder.resolve(WEIGHTS), parameters);
    }

    /// Puts a text into a file of the folder.
    ///
    /// @throws FileException if that fails; nothing half-written is left behind
    void write(String name, String text) {
        AtomicFile.write(folder.resolve(name), text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        metrics.close();
    }
}
