package dagrad.models.text;

import dagrad.data.TokenFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;

/// Between texts and token numbers.
public sealed interface Tokenizer extends AutoCloseable permits Bytes, Characters, HuggingFace {
    /// The kind that a word chooses: `characters` (of the corpus) or `bytes`; or that a file is, a `tokenizer.json`.
    ///
    /// @throws IllegalArgumentException if it is another word, and no file
    /// @throws dagrad.io.FormatException if the file is none, or the corpus is not UTF-8 and should be
    static Tokenizer of(String kind, Corpus corpus) {
        return switch (kind) {
            case BYTES -> new Bytes();
            case CHARACTERS -> Characters.of(corpus);
            default -> HuggingFace.read(existing(kind));
        };
    }

    /// The one that was written to a folder.
    ///
    /// @param kind that it was chosen by
    /// @throws dagrad.io.FileException if it is not there
    /// @throws dagrad.io.FormatException if it is damaged
    static Tokenizer read(String kind, Path folder) {
        return switch (kind) {
            case BYTES -> new Bytes();
            case CHARACTERS -> Characters.read(folder);
            default -> HuggingFace.in(folder);
        };
    }

    /// The one that a folder with weights has: an alphabet, or else what [HuggingFace#in] finds.
    ///
    /// @throws dagrad.io.FileException if it has none, or a file cannot be read
    /// @throws dagrad.io.FormatException if a file is damaged
    static Tokenizer in(Path folder) {
        return Files.exists(folder.resolve(Characters.FILE)) ? Characters.read(folder) : HuggingFace.in(folder);
    }

    private static Path existing(String kind) {
        Path file = Path.of(kind);
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException("a tokenizer is " + CHARACTERS + ", " + BYTES
                    + " or a file tokenizer.json, and there is no file \"" + kind + "\"");
        }
        return file;
    }

    String BYTES = "bytes";
    String CHARACTERS = "characters";

    /// How many different tokens there are; their numbers are from 0 to one less.
    int vocabulary();

    /// The tokens of a text.
    ///
    /// @throws IllegalArgumentException if it has something that no token stands for
    int[] encode(String text);

    /// The text that tokens stand for. What is no whole character becomes U+FFFD.
    ///
    /// @throws IllegalArgumentException if there is no token of a number
    String decode(int[] tokens);

    /// Reads a corpus as tokens, in memory of its own that does not grow with the corpus.
    ///
    /// @throws dagrad.io.FormatException if a file is not what this can read
    void encode(Corpus corpus, TokenFile.Sink into) throws IOException;

    /// Puts into a folder what [#read] needs to make this again.
    ///
    /// @throws dagrad.io.FileException if that cannot be done
    void write(Path folder);

    /// What tells this from all other tokenizers: goes into the name under which tokens are kept.
    String identity();

    /// What it is, for messages: `65 characters`.
    String text();

    @Override
    default void close() {}

    /// @throws IllegalArgumentException if there is no token of a number
    default void require(int... tokens) {
        IntStream.of(tokens).filter(t -> t < 0 || t >= vocabulary()).findFirst().ifPresent(t -> {
            throw new IllegalArgumentException("there is no token " + t + "; there are " + vocabulary());
        });
    }
}
