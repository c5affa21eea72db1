package dagrad.train;

import dagrad.io.AtomicFile;
import dagrad.io.FileException;
import dagrad.io.FormatException;
import dagrad.io.Json;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import tools.jackson.databind.JsonNode;

/// A run's metrics and pictures as TensorBoard reads them.
public final class TensorBoard {
    /// The folder in a run's folder. All runs are seen by `tensorboard --logdir runs`.
    public static final String FOLDER = "tensorboard";

    private static final String FILE = "events.out.tfevents.0.dagrad";
    private static final String STEP = "step";

    private TensorBoard() {}

    /// Writes a run's metrics, each number under its name in `metrics.jsonl`, and all of its pictures, as of the last
    /// step. What was written before is replaced, so that it may be done again while a training goes on. Metrics have
    /// no times: all events are given that of the metrics' file.
    ///
    /// @param run its folder
    /// @return the file that was written
    /// @throws FileException if there are no metrics, or it cannot be written
    /// @throws FormatException if a line of the metrics, other than the last, is no JSON object with a step
    public static Path write(Path run) {
        Path metrics = run.resolve(Run.METRICS);
        try {
            EventFile events = new EventFile(Files.getLastModifiedTime(metrics).toMillis() / 1e3);
            long last = scalars(events, metrics, Files.readString(metrics));
            for (Path picture : pictures(run)) {
                picture(events, last, picture);
            }
            return written(run.resolve(FOLDER), events);
        } catch (IOException e) {
            throw FileException.reading(metrics, e);
        }
    }

    private static Path written(Path folder, EventFile events) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw FileException.writing(folder, e);
        }
        Path file = folder.resolve(FILE);
        AtomicFile.write(file, events.toByteArray());
        return file;
    }

    /// @return the last step
    private static long scalars(EventFile events, Path source, String text) {
        long last = 0;
        List<String> lines = text.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            boolean isWhole = i < lines.size() - 1 || text.endsWith("\n");
            if (isWhole) { // the last may be being written
                last = scalars(events, lines.get(i), source + ", line " + (i + 1));
            }
        }
        return last;
    }

    private static long scalars(EventFile events, String line, String source) {
        JsonNode json = Json.parse(line, source);
        if (!json.path(STEP).isIntegralNumber()) {
            throw new FormatException(source + ": it has no \"step\"");
        }
        long step = json.path(STEP).asLong();
        Map<String, Double> values = new LinkedHashMap<>();
        for (String name : json.propertyNames()) {
            if (!name.equals(STEP) && json.path(name).isNumber()) {
                values.put(name, json.path(name).doubleValue());
            }
        }
        events.scalars(step, values);
        return step;
    }

    private static List<Path> pictures(Path run) throws IOException {
        try (Stream<Path> files = Files.list(run)) {
            return files.filter(file -> file.getFileName().toString().endsWith(".png"))
                    .sorted()
                    .toList();
        }
    }

    private static void picture(EventFile events, long step, Path file) throws IOException {
        BufferedImage image = ImageIO.read(file.toFile());
        if (image != null) { // else it is no picture, whatever its name
            String name = file.getFileName().toString();
            events.image(
                    step,
                    name.substring(0, name.length() - ".png".length()),
                    image.getWidth(),
                    image.getHeight(),
                    Files.readAllBytes(file));
        }
    }
}
