package dagrad.models.text;

import dagrad.data.TokenFile;
import dagrad.io.AtomicFile;
import dagrad.io.FormatException;
import dagrad.io.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;

/// A token for each of some characters (code points of Unicode), numbered as the alphabet has them.
public final class Characters implements Tokenizer {
    /// The name of the file in which an alphabet is.
    static final String FILE = "alphabet.txt";

    /// All characters there are, at four bytes.
    private static final long LONGEST = 4L << 20;

    private final int[] alphabet;
    private final Map<Integer, Integer> numbers = new HashMap<>();

    /// @throws IllegalArgumentException if the alphabet is empty or has a character twice
    public Characters(String alphabet) {
        this.alphabet = alphabet.codePoints().toArray();
        for (int i = 0; i < this.alphabet.length; i++) {
            if (numbers.put(this.alphabet[i], i) != null) {
                throw new IllegalArgumentException(
                        "an alphabet has each character once, and this one has " + named(this.alphabet[i]) + " twice");
            }
        }
        if (this.alphabet.length == 0) {
            throw new IllegalArgumentException("an alphabet has at least one character");
        }
    }

    /// Those that a corpus has, in the order of their code points.
    ///
    /// @throws FormatException if a file is not UTF-8
    /// @throws dagrad.data.DataException if there are none
    public static Characters of(Corpus corpus) {
        BitSet seen = new BitSet();
        corpus.characters(piece -> piece.codePoints().forEach(seen::set));
        return new Characters(seen.stream()
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString());
    }

    /// Reads an alphabet that [#write] left in a folder: a text of its characters.
    ///
    /// @throws dagrad.io.FileException if the file cannot be read
    /// @throws FormatException if it is no alphabet
    public static Characters read(Path folder) {
        Path file = folder.resolve(FILE);
        try {
            return new Characters(Json.text(file, LONGEST));
        } catch (IllegalArgumentException e) {
            throw new FormatException(file + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void write(Path folder) {
        AtomicFile.write(folder.resolve(FILE), alphabet().getBytes(StandardCharsets.UTF_8));
    }

    private String alphabet() {
        return decode(IntStream.range(0, vocabulary()).toArray());
    }

    @Override
    public int vocabulary() {
        return alphabet.length;
    }

    private int number(int character) {
        Integer number = numbers.get(character);
        if (number == null) {
            throw new IllegalArgumentException("the character " + named(character) + " is not among the " + vocabulary()
                    + " that are known; leave it out");
        }
        return number;
    }

    private static String named(int character) {
        String name = Character.getName(character);
        return String.format("U+%04X", character) + (name == null ? "" : " (" + name + ")");
    }

    @Override
    public int[] encode(String text) {
        return text.codePoints().map(this::number).toArray();
    }

    @Override
    public String decode(int[] tokens) {
        require(tokens);
        StringBuilder text = new StringBuilder();
        IntStream.of(tokens).forEach(token -> text.appendCodePoint(alphabet[token]));
        return text.toString();
    }

    @Override
    public void encode(Corpus corpus, TokenFile.Sink into) throws IOException {
        corpus.pieces(piece -> {
            for (int token : encode(piece)) {
                into.accept(token);
            }
        });
    }

    @Override
    public String identity() {
        return "characters " + alphabet();
    }

    @Override
    public String text() {
        return vocabulary() + " characters";
    }
}
