package dagrad.io;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// JSON as this project reads and writes it: strictly by the standard, every name in an object once, nested no deeper
/// than its formats need.
public final class Json {
    private static final int DEEPEST = 32;

    /// Some hundred megabytes as objects in memory.
    private static final int MOST_TOKENS = 5_000_000;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .maxTokenCount(MOST_TOKENS)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Json() {}

    /// The mapper, for writing.
    public static JsonMapper mapper() {
        return MAPPER;
    }

    /// The text of a file.
    ///
    /// @param mostBytes what such a file holds at most; a longer one is not read
    /// @throws FileException if it cannot be read
    /// @throws FormatException if it is too long or no UTF-8
    public static String text(Path file, long mostBytes) {
        try {
            long size = Files.size(file);
            if (size > mostBytes) {
                throw new FormatException(file + ": " + size + " bytes are more than a file of this kind has (at most "
                        + mostBytes + ")");
            }
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new FormatException(file + ": it is no JSON text: not UTF-8", e);
        } catch (IOException e) {
            throw FileException.reading(file, e);
        }
    }

    /// @param name what messages call the text: the file's name
    /// @throws FormatException if it is no JSON; the message gives line and column
    public static JsonNode parse(String text, String name) {
        try {
            JsonNode root = MAPPER.readTree(text);
            if (root.isMissingNode()) {
                throw new FormatException(name + ": it is empty");
            }
            return root;
        } catch (UnexpectedEndOfInputException e) {
            throw new FormatException(name + place(e) + ": it ends in the middle; is it cut off?", e);
        } catch (StreamConstraintsException e) {
            throw new FormatException(name + place(e) + ": " + constraint(e), e);
        } catch (JacksonException e) {
            throw new FormatException(name + place(e) + ": it is no JSON: " + said(e), e);
        }
    }

    private static String constraint(StreamConstraintsException e) {
        String said = said(e);
        if (said.contains("nesting depth")) {
            return "nested more than " + DEEPEST + " deep";
        }
        return said.contains("Token count") ? "more than " + MOST_TOKENS + " values are too many" : said;
    }

    private static String said(JacksonException e) {
        String message = e.getOriginalMessage();
        return message == null
                ? e.getClass().getSimpleName()
                : message.lines()
                        .findFirst()
                        .orElse("")
                        .replace("Duplicate Object property", "a second field")
                        .replaceFirst(": enable `[^`]*` to allow", "; write \"nan\", \"inf\" or \"-inf\"")
                        .replaceFirst(", from `[^`]*`", "");
    }

    static String place(JacksonException e) {
        TokenStreamLocation location = e.getLocation();
        return location == null || location.getLineNr() < 1
                ? ""
                : " line " + location.getLineNr() + " column " + location.getColumnNr();
    }
}
