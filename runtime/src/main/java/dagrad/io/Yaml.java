package dagrad.io;

import java.nio.file.Path;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// Files that people write by hand: YAML, of which JSON is a part. Aliases, which could make a small file a huge one,
/// and names that stand in an object twice are errors.
public final class Yaml {
    private static final int MOST_BYTES = 1 << 20;
    private static final int DEEPEST = 32;

    private static final YAMLMapper MAPPER = YAMLMapper.builder(YAMLFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .loadSettings(LoadSettings.builder()
                            .setMaxAliasesForCollections(0)
                            .setCodePointLimit(MOST_BYTES)
                            .setAllowDuplicateKeys(false)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Yaml() {}

    /// @throws FileException if the file cannot be read
    /// @throws FormatException if it is longer than a megabyte or no YAML; the message gives line and column
    public static JsonNode read(Path file) {
        return parse(Json.text(file, MOST_BYTES), file.toString());
    }

    /// @param name what messages call the text
    /// @throws FormatException if it is no YAML
    public static JsonNode parse(String text, String name) {
        try {
            JsonNode root = MAPPER.readTree(text);
            if (root.isMissingNode() || root.isNull()) {
                throw new FormatException(name + ": it is empty");
            }
            return checked(root, name, 0);
        } catch (JacksonException e) {
            String said = e.getOriginalMessage();
            throw new FormatException(
                    name + Json.place(e) + ": it is no YAML: "
                            + (said == null
                                    ? ""
                                    : said.strip().lines().findFirst().orElse("")),
                    e);
        }
    }

    private static JsonNode checked(JsonNode node, String name, int depth) {
        if (depth > DEEPEST) {
            throw new FormatException(name + ": nested more than " + DEEPEST + " deep");
        }
        node.forEach(child -> checked(child, name, depth + 1));
        return node;
    }
}
