package dagrad.watch;

import dagrad.io.FormatException;
import dagrad.io.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// Follows a `metrics.jsonl` while a training adds lines to it.
///
/// A training that goes on from a checkpoint cuts lines off; then all is read again. Lines that are no metrics are told of
/// and left out. Not safe for several threads.
final class MetricsLog {
    /// About a hundred times what the longest training writes.
    private static final long MOST_BYTES = 64L << 20;

    /// Of an error within a line.
    private static final String PLACE = "^it( line [0-9]+ column [0-9]+)?: ";

    private static final String STEP = "step";

    /// The largest integers that a browser's numbers tell apart.
    private static final long LAST_STEP = 1L << 53;

    /// What was read so far.
    ///
    /// @param generation goes up when the file does not go on from what was read before
    /// @param rows the lines, each a JSON object on one line, with an integer `step` and otherwise numbers and nulls, exactly
    ///     as they are in the file
    /// @param latest the last value of each name in the rows, NaN for a null
    /// @param damaged lines that are no metrics
    /// @param unfinished whether something comes after the last line's end
    /// @param problem a sentence, if the file cannot be read
    record Contents(
            long generation,
            List<String> rows,
            Map<String, Double> latest,
            List<Damage> damaged,
            boolean unfinished,
            Optional<String> problem) {
        Contents {
            rows = List.copyOf(rows);
            latest = Collections.unmodifiableMap(new LinkedHashMap<>(latest));
            damaged = List.copyOf(damaged);
        }
    }

    /// @param line its number, from 1
    /// @param why what is wrong with it
    record Damage(long line, String why) {}

    private final Path file;
    private long generation;
    private long lines;
    private long offset;
    private byte[] last = new byte[0];
    private final List<String> rows = new ArrayList<>();
    private final Map<String, Double> latest = new LinkedHashMap<>();
    private final List<Damage> damaged = new ArrayList<>();

    MetricsLog(Path file) {
        this.file = file;
    }

    /// Reads what was added since the last call.
    Contents poll() {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size > MOST_BYTES) {
                return failed("it has " + size + " bytes, and more than " + MOST_BYTES + " are not shown");
            }
            if (size < offset || !Arrays.equals(last, bytes(channel, offset - last.length, last.length))) {
                restart();
            }
            byte[] added = bytes(channel, offset, (int) (size - offset));
            int from = 0;
            for (int i = 0; i < added.length; i++) {
                if (added[i] == '\n') {
                    last = Arrays.copyOfRange(added, from, i + 1);
                    add(Arrays.copyOfRange(added, from, i));
                    from = i + 1;
                }
            }
            offset += from;
            return new Contents(generation, rows, latest, damaged, from < added.length, Optional.empty());
        } catch (NoSuchFileException _) {
            return failed("it is not there");
        } catch (IOException e) {
            return failed(
                    Files.isReadable(file)
                            ? "it cannot be read (" + e.getMessage() + ")"
                            : "it may not be read by you");
        }
    }

    private Contents failed(String why) {
        if (offset > 0) {
            restart();
        }
        return new Contents(generation, rows, latest, damaged, false, Optional.of(file.getFileName() + ": " + why));
    }

    private void restart() {
        generation++;
        lines = 0;
        offset = 0;
        last = new byte[0];
        rows.clear();
        latest.clear();
        damaged.clear();
    }

    private static byte[] bytes(FileChannel channel, long from, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining() && channel.read(buffer, from + buffer.position()) >= 0) {}
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    private void add(byte[] line) {
        lines++;
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(line))
                    .toString();
            JsonNode row = Json.parse(text, "it");
            check(row);
            for (String name : row.propertyNames()) {
                latest.put(name, row.path(name).asDouble(Double.NaN));
            }
            rows.add(text.strip().replace('\r', ' ')); // between tokens: a string in JSON has no bare one
        } catch (CharacterCodingException _) {
            damaged.add(new Damage(lines, "it is not UTF-8"));
        } catch (FormatException e) {
            damaged.add(new Damage(lines, String.valueOf(e.getMessage()).replaceFirst(PLACE, "")));
        }
    }

    private static void check(JsonNode row) {
        if (!row.isObject()) {
            throw new FormatException("it is no JSON object");
        }
        JsonNode step = row.path(STEP);
        if (!step.isIntegralNumber() || !step.canConvertToLong() || step.asLong() < 0 || step.asLong() > LAST_STEP) {
            throw new FormatException("it has no \"" + STEP + "\" that is a number of steps");
        }
        for (String name : row.propertyNames()) {
            JsonNode value = row.path(name);
            if (!value.isNull() && !(value.isNumber() && Double.isFinite(value.doubleValue()))) {
                throw new FormatException("\"" + name + "\" is no number");
            }
        }
    }
}
