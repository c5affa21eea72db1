package dagrad.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.data.DataException;
import dagrad.data.TokenFile;
import dagrad.io.FormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusTest {
    @TempDir
    private Path folder;

    private Path file(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> pieces(Corpus corpus) throws IOException {
        List<String> pieces = new ArrayList<>();
        corpus.pieces(pieces::add);
        return pieces;
    }

    private int[] tokens(Corpus corpus, Tokenizer tokenizer) {
        try (TokenFile file = corpus.tokens(tokenizer, folder.resolve("cache"), () -> {})) {
            int[] tokens = new int[Math.toIntExact(file.size())];
            for (int i = 0; i < tokens.length; i++) {
                tokens[i] = file.at(i);
            }
            return tokens;
        }
    }

    @Test
    void aFolderIsItsFilesByName() throws IOException {
        file("text/b.txt", "second");
        file("text/a/z.txt", "first ");
        file("text/.git/x", "hidden");
        file("text/c.txt", "");
        assertThat(String.join("", pieces(Corpus.at(folder.resolve("text"))))).isEqualTo("first second");
    }

    @Test
    void whatIsNoTextIsSaid() throws IOException {
        assertThatThrownBy(() -> Corpus.at(folder.resolve("none")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("there is no text");
        Path empty = file("empty", "");
        assertThatThrownBy(() -> Corpus.at(empty)).hasMessageContaining("the file is empty");
        Path bad = folder.resolve("bad");
        Files.write(bad, new byte[] {'a', 'b', (byte) 0xC3});
        Corpus corpus = Corpus.at(bad);
        assertThatThrownBy(() -> pieces(corpus))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("byte 3 begins no character")
                .hasMessageContaining("tokenizer=bytes");
        assertThat(tokens(corpus, new Bytes())).containsExactly('a', 'b', 0xC3);
    }

    /// Characters of one to four bytes at all places relative to the ends of pieces.
    @Test
    void piecesAreTheTextAndEndAfterLines() throws IOException {
        String text = ("aä€😀\n" + "word ".repeat(20) + "\n\n").repeat(25_000) + "x".repeat(3_000_000) + "ä😀";
        List<String> pieces = pieces(Corpus.at(file("long", text)));
        assertThat(String.join("", pieces)).isEqualTo(text);
        assertThat(pieces).hasSizeGreaterThan(4);
        assertThat(pieces.subList(0, 2)).allMatch(piece -> piece.endsWith("\n"));
        assertThat(pieces).noneMatch(piece -> Character.isHighSurrogate(piece.charAt(piece.length() - 1)));
    }

    @Test
    void charactersAreNumberedByTheirCodePoints() throws IOException {
        Corpus corpus = Corpus.at(file("text", "ca😀b\nä"));
        Characters characters = Characters.of(corpus);
        assertThat(characters.vocabulary()).isEqualTo(6);
        assertThat(tokens(corpus, characters)).containsExactly(3, 1, 5, 2, 0, 4);
        assertThat(characters.decode(new int[] {5, 4, 0})).isEqualTo("😀ä\n");
        assertThatThrownBy(() -> characters.encode("ax"))
                .hasMessageContaining("U+0078 (LATIN SMALL LETTER X) is not among the 6");
        assertThatThrownBy(() -> characters.decode(new int[] {6})).hasMessageContaining("there is no token 6");
        characters.write(folder);
        assertThat(Characters.read(folder).identity()).isEqualTo(characters.identity());
        Files.writeString(folder.resolve(Characters.FILE), "aba");
        assertThatThrownBy(() -> Characters.read(folder))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("LATIN SMALL LETTER A");
    }

    @Test
    void tokensAreMadeOnceForEachTextAndTokenizer() throws IOException {
        List<String> made = new ArrayList<>();
        Path cache = folder.resolve("cache");
        Corpus corpus = Corpus.at(file("text", "some text"));
        corpus.tokens(new Bytes(), cache, () -> made.add("bytes")).close();
        corpus.tokens(Characters.of(corpus), cache, () -> made.add("characters"))
                .close();
        corpus.tokens(new Bytes(), cache, () -> made.add("bytes again")).close();
        Corpus same = Corpus.at(file("copy", "some text"));
        same.tokens(new Bytes(), cache, () -> made.add("bytes of a copy")).close();
        Corpus other = Corpus.at(file("text", "some more"));
        other.tokens(new Bytes(), cache, () -> made.add("other bytes")).close();
        assertThat(made).containsExactly("bytes", "characters", "other bytes");
    }
}
