package dagrad.train;

import dagrad.io.AtomicFile;
import dagrad.io.FileException;
import dagrad.io.FormatException;
import dagrad.io.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BiConsumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The file of metrics: a JSON object a line. One process at a time has it open.
final class Metrics implements AutoCloseable {
    private static final String STEP = "step";
    private static final String LOSS = "loss";
    private static final String RATE = "learning_rate";
    private static final String NORM = "gradient_norm";
    private static final String PACE = "items_per_s";
    private static final String VALIDATION = "val_";

    private final Path file;
    private final FileChannel channel;

    private Metrics(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /// Opens the file, which is made if it is not there. The lock goes with the channel, or with the process.
    ///
    /// @throws FileException if that cannot be done, or another training writes to it
    static Metrics open(Path file) {
        try {
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (!isLocked(channel)) {
                channel.close();
                throw new FileException(
                        "cannot write " + file + ": another training writes to it; wait until that has ended");
            }
            return new Metrics(file, channel.position(channel.size()));
        } catch (IOException e) {
            throw FileException.writing(file, e);
        }
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException _) {
            return false; // by this process
        }
    }

    /// Adds a line.
    ///
    /// @param loss averaged over the steps since the line before
    void add(Event.Step step, double loss) {
        ObjectNode line = Json.mapper().createObjectNode();
        line.put(STEP, step.step());
        put(line, LOSS, loss);
        step.outputs().forEach((name, value) -> put(line, name, value));
        step.validation().forEach((name, value) -> put(line, VALIDATION + name, value));
        put(line, RATE, step.learningRate());
        step.gradientNorm().ifPresent(norm -> put(line, NORM, norm));
        put(line, PACE, Math.round(10 * step.itemsPerSecond()) / 10.0);
        try {
            String text = Json.mapper().writeValueAsString(line) + "\n";
            AtomicFile.writeAll(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), channel);
        } catch (IOException e) {
            throw FileException.writing(file, e);
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

    /// Cuts off all lines after a step, and one that a killed process did not finish.
    ///
    /// @param kept is told of each line that stays: the step and its loss
    void goBackTo(long last, BiConsumer<Event.Step, Double> kept) {
        try {
            long end = 0;
            String text = Files.readString(file);
            for (int at = 0; at < text.length(); ) {
                int newline = text.indexOf('\n', at);
                Optional<JsonNode> line = newline < 0 ? Optional.empty() : line(text.substring(at, newline));
                if (line.isEmpty() || line.get().path(STEP).asLong(Long.MAX_VALUE) > last) {
                    break;
                }
                kept.accept(step(line.get()), number(line.get(), LOSS));
                end += text.substring(at, newline + 1).getBytes(StandardCharsets.UTF_8).length;
                at = newline + 1;
            }
            channel.truncate(end).position(end);
        } catch (IOException e) {
            throw FileException.writing(file, e);
        }
    }

    private Optional<JsonNode> line(String text) {
        try {
            return Optional.of(Json.parse(text, file.toString()));
        } catch (FormatException _) {
            return Optional.empty(); // written half by a process that was killed
        }
    }

    private static Event.Step step(JsonNode line) {
        Map<String, Double> outputs = new LinkedHashMap<>();
        Map<String, Double> validation = new LinkedHashMap<>();
        for (String name : line.propertyNames()) {
            switch (name) {
                case STEP, LOSS, RATE, NORM, PACE -> {}
                default -> {
                    boolean isValidation = name.startsWith(VALIDATION);
                    (isValidation ? validation : outputs)
                            .put(isValidation ? name.substring(VALIDATION.length()) : name, number(line, name));
                }
            }
        }
        return new Event.Step(
                line.path(STEP).asLong(),
                number(line, LOSS),
                outputs,
                validation,
                number(line, RATE),
                line.has(NORM) ? OptionalDouble.of(number(line, NORM)) : OptionalDouble.empty(),
                number(line, PACE));
    }

    private static double number(JsonNode line, String name) {
        return line.path(name).isNumber() ? line.path(name).doubleValue() : Double.NaN;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw FileException.writing(file, e);
        }
    }
}
