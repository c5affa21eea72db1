package dagrad.models.data;

import static dagrad.io.FormatException.quoted;

import dagrad.io.FileException;
import dagrad.io.FormatException;
import dagrad.io.Json;
import dagrad.models.data.ImageFolder.Item;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// Files that say what is to be seen in images. `captions.csv` (commas) and `captions.tsv` (tabs) have a header that
/// names the columns `file` and `caption`; `captions.jsonl` has on each line an object with these fields. Other columns
/// and fields are passed over. Files are named from the folder that the caption file is in, and must not leave it.
final class Captions {
    static final List<String> NAMES = List.of("captions.csv", "captions.tsv", "captions.jsonl");

    private static final String FILE = "file";
    private static final String CAPTION = "caption";

    /// Longer ones are no captions.
    private static final int LONGEST = 10_000;

    private static final int LONGEST_LINE = 1 << 20;

    private final Path source;
    private final Path folder;
    private final List<Item> items = new ArrayList<>();

    private Captions(Path source) {
        this.source = source;
        this.folder = source.toAbsolutePath().normalize().getParent();
    }

    /// The caption file of a folder, if it has one.
    static Optional<Path> in(Path folder) {
        return NAMES.stream().map(folder::resolve).filter(Files::isRegularFile).findFirst();
    }

    /// @throws FileException if it cannot be read
    /// @throws FormatException naming the line if it is no good, or an image is not there or outside of the folder
    static List<Item> read(Path file) {
        Captions captions = new Captions(file);
        String name = file.getFileName().toString();
        if (name.endsWith(".jsonl")) {
            captions.readLines();
        } else {
            captions.readTable(name.endsWith(".tsv") ? '\t' : ',');
        }
        if (captions.items.isEmpty()) {
            throw new FormatException(file + ": it has no captions");
        }
        return captions.items;
    }

    private void readTable(char separator) {
        try (CsvReader<NamedCsvRecord> reader = CsvReader.builder()
                .fieldSeparator(separator)
                .detectBomHeader(true)
                .allowUnclosedQuote(false)
                .ofNamedCsvRecord(source)) {
            for (NamedCsvRecord row : reader) {
                add(row.getStartingLineNumber(), row.findField(FILE), row.findField(CAPTION));
            }
        } catch (CsvParseException e) {
            throw new FormatException(source + ": " + (e.getCause() == null ? e : e.getCause()).getMessage(), e);
        } catch (UncheckedIOException e) {
            throw unreadable(e.getCause());
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private void readLines() {
        try (BufferedReader reader = Files.newBufferedReader(source)) {
            long number = 0;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                number++;
                if (line.length() > LONGEST_LINE) {
                    throw bad(number, "it is longer than " + LONGEST_LINE + " characters");
                }
                if (!line.isBlank()) {
                    JsonNode node = Json.parse(line, source + ": line " + number);
                    add(number, text(node, FILE), text(node, CAPTION));
                }
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private static Optional<String> text(JsonNode node, String field) {
        return Optional.ofNullable(node.get(field)).filter(JsonNode::isString).map(JsonNode::stringValue);
    }

    private RuntimeException unreadable(IOException e) {
        return e instanceof CharacterCodingException
                ? new FormatException(source + ": it is no text in UTF-8", e)
                : FileException.reading(source, e);
    }

    private void add(long line, Optional<String> file, Optional<String> caption) {
        if (file.isEmpty() || caption.isEmpty()) {
            throw bad(
                    line,
                    "it has no \"" + (file.isEmpty() ? FILE : CAPTION) + "\"; each line gives \"" + FILE + "\" and \""
                            + CAPTION + "\", in a table under a header with these names");
        }
        String words = caption.get().strip();
        if (words.isEmpty() || words.length() > LONGEST) {
            throw bad(line, "a caption has 1 to " + LONGEST + " characters, and this one " + words.length());
        }
        items.add(new Item(path(line, file.get()), words, 0));
    }

    private Path path(long line, String name) {
        Path path;
        try {
            path = folder.resolve(name).normalize();
        } catch (InvalidPathException e) {
            throw new FormatException(place(line) + quoted(name) + " is no name of a file", e);
        }
        if (!path.startsWith(folder)) {
            throw bad(line, quoted(name) + " is outside of the folder " + folder);
        }
        if (!Files.isRegularFile(path)) {
            throw bad(line, "there is no file " + quoted(name) + " in " + folder);
        }
        try {
            if (!path.toRealPath().startsWith(folder.toRealPath())) {
                throw bad(line, quoted(name) + " leads out of the folder " + folder);
            }
        } catch (IOException e) {
            throw FileException.reading(path, e);
        }
        return path;
    }

    private FormatException bad(long line, String what) {
        return new FormatException(place(line) + what);
    }

    private String place(long line) {
        return source + ": line " + line + ": ";
    }
}
