package dagrad.models.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dagrad.data.TokenFile;
import dagrad.io.AtomicFile;
import dagrad.io.Fields;
import dagrad.io.FileException;
import dagrad.io.FormatException;
import dagrad.io.Json;
import dagrad.io.UserCache;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The tokens of a published model, as its `tokenizer.json` describes them. Special tokens in a text are tokens; none
/// are added to it, save that `<|endoftext|>`, where there is such a token, stands between the files of a corpus.
public final class HuggingFace implements Tokenizer {
    /// The name of the file that describes a tokenizer.
    public static final String FILE = "tokenizer.json";

    private static final String VOCABULARY = "vocab.json";
    private static final String MERGES = "merges.txt";
    private static final String END = "<|endoftext|>";
    private static final long LONGEST = 1L << 28;

    private final String json;
    private final int vocabulary;
    private final Optional<Integer> end;
    private final HuggingFaceTokenizer tokenizer;

    private HuggingFace(String json, int vocabulary, Optional<Integer> end, HuggingFaceTokenizer tokenizer) {
        this.json = json;
        this.vocabulary = vocabulary;
        this.end = end;
        this.tokenizer = tokenizer;
    }

    /// @param file a `tokenizer.json`
    /// @throws FileException if it cannot be read
    /// @throws FormatException if it is none
    public static HuggingFace read(Path file) {
        return of(file.toString(), Json.text(file, LONGEST));
    }

    /// The one that a folder has: its `tokenizer.json`, or what `vocab.json` and `merges.txt` describe, as GPT-2's do.
    ///
    /// @throws FileException if it has neither, or a file cannot be read
    /// @throws FormatException if a file is damaged
    public static HuggingFace in(Path folder) {
        if (!Files.exists(folder.resolve(FILE)) && Files.exists(folder.resolve(VOCABULARY))) {
            return of(folder.resolve(VOCABULARY).toString(), ofGpt2(folder));
        }
        return read(folder.resolve(FILE));
    }

    /// Pairs of bytes' characters that become one token, the first first; texts are cut into words before.
    private static String ofGpt2(Path folder) {
        Path file = folder.resolve(VOCABULARY);
        JsonNode vocabulary = Json.parse(Json.text(file, LONGEST), file.toString());
        List<String> merges = Json.text(folder.resolve(MERGES), LONGEST)
                .lines()
                .filter(line -> !line.startsWith("#version") && !line.isBlank())
                .toList();
        ObjectNode root = Json.mapper().createObjectNode();
        root.put("version", "1.0");
        JsonNode special = vocabulary.path(END);
        if (special.isInt()) {
            root.putArray("added_tokens")
                    .addObject()
                    .put("id", special.intValue())
                    .put("content", END)
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
        }
        for (String part : List.of("pre_tokenizer", "decoder")) {
            root.putObject(part)
                    .put("type", "ByteLevel")
                    .put("add_prefix_space", false)
                    .put("trim_offsets", true)
                    .put("use_regex", true);
        }
        ObjectNode model = root.putObject("model").put("type", "BPE");
        model.set("vocab", vocabulary);
        merges.forEach(model.putArray("merges")::add);
        return root.toString();
    }

    private static HuggingFace of(String file, String json) {
        JsonNode root = Json.parse(json, file);
        Fields fields = new Fields(file, root);
        JsonNode known = new Fields(file + ": model", fields.required("model")).required("vocab");
        int most = -1;
        Optional<Integer> end = Optional.empty();
        for (Map.Entry<String, JsonNode> token : known.properties()) {
            most = Math.max(most, number(file, token.getValue()));
            end = token.getKey().equals(END) ? Optional.of(token.getValue().intValue()) : end;
        }
        int place = 0;
        for (JsonNode piece :
                known.isArray() ? known : List.<JsonNode>of()) { // unigram models: numbered by their places
            end = piece.path(0).asString("").equals(END) ? Optional.of(place) : end;
            most = Math.max(most, place++);
        }
        for (JsonNode added : root.path("added_tokens")) {
            most = Math.max(most, number(file, added.path("id")));
            end = added.path("content").asString("").equals(END)
                    ? Optional.of(added.path("id").intValue())
                    : end;
        }
        if (most < 0) {
            throw new FormatException(file + ": its model has no tokens");
        }
        return new HuggingFace(json, most + 1, end, load(file, json));
    }

    private static int number(String file, JsonNode number) {
        if (!number.isInt() || number.intValue() < 0 || number.intValue() == Integer.MAX_VALUE) {
            throw new FormatException(file + ": numbers of tokens are whole and not negative, not " + number);
        }
        return number.intValue();
    }

    /// The library keeps the native part in a folder of its own, and looks on GPU machines for other builds on the web,
    /// unless told where to put it and that the one it has will do.
    private static HuggingFaceTokenizer load(String file, String json) {
        System.setProperty("ENGINE_CACHE_DIR", UserCache.folder().resolve("djl").toString());
        System.setProperty("RUST_FLAVOR", "cpu");
        try {
            return HuggingFaceTokenizer.newInstance(
                    new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)),
                    Map.of("truncation", "false", "padding", "false", "addSpecialTokens", "false"));
        } catch (IOException e) {
            throw FileException.reading(Path.of(file), e);
        } catch (RuntimeException e) { // what the native part throws
            throw new FormatException(file + ": it is no tokenizer that can be used: " + e.getMessage(), e);
        }
    }

    /// The token that ends texts, `<|endoftext|>`, if there is one.
    public Optional<Integer> end() {
        return end;
    }

    @Override
    public int vocabulary() {
        return vocabulary;
    }

    @Override
    public int[] encode(String text) {
        long[] ids = tokenizer.encode(text, false, false).getIds();
        return Arrays.stream(ids).mapToInt(Math::toIntExact).toArray();
    }

    @Override
    public String decode(int[] tokens) {
        require(tokens);
        return tokenizer.decode(Arrays.stream(tokens).asLongStream().toArray(), false);
    }

    @Override
    public void encode(Corpus corpus, TokenFile.Sink into) throws IOException {
        for (int i = 0; i < corpus.files().size(); i++) {
            if (i > 0 && end.isPresent()) {
                into.accept(end.get());
            }
            new Corpus(List.of(corpus.files().get(i))).pieces(piece -> {
                for (int token : encode(piece)) {
                    into.accept(token);
                }
            });
        }
    }

    @Override
    public void write(Path folder) {
        AtomicFile.write(folder.resolve(FILE), json.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String identity() {
        byte[] digest = Corpus.sha256().digest(json.getBytes(StandardCharsets.UTF_8));
        return "hugging face " + HexFormat.of().formatHex(digest);
    }

    @Override
    public String text() {
        return vocabulary + " tokens";
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
