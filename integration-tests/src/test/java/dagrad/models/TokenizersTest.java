package dagrad.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.data.TokenFile;
import dagrad.io.FileException;
import dagrad.io.FormatException;
import dagrad.io.Json;
import dagrad.models.text.Corpus;
import dagrad.models.text.HuggingFace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Byte pairs of GPT-2's kind: 256 bytes, 60 pairs, and the end of texts.
class TokenizersTest {
    private static final Path GPT2 = Path.of("src/test/resources/gpt2");
    private static final String TEXT = "First Citizen:\nhéar me, 😀 the house! <|endoftext|>x";

    @TempDir
    private Path folder;

    @Test
    void aTextBecomesTokensAndTheyATextAgain() {
        try (HuggingFace tokenizer = HuggingFace.in(GPT2)) {
            assertThat(tokenizer.vocabulary()).isEqualTo(317);
            assertThat(tokenizer.end()).contains(316);
            assertThat(tokenizer.encode("First Citizen:\n"))
                    .containsExactly(37, 296, 306, 220, 34, 268, 72, 89, 274, 25, 198);
            assertThat(tokenizer.encode("x<|endoftext|>")).containsExactly(87, 316);
            assertThat(tokenizer.decode(tokenizer.encode(TEXT))).isEqualTo(TEXT);
            assertThat(tokenizer.encode("")).isEmpty();
            assertThatThrownBy(() -> tokenizer.decode(new int[] {317})).hasMessageContaining("no token 317");
        }
    }

    @Test
    void aFolderOfOldHasAVocabularyAndMerges() throws IOException {
        var model = Json.parse(Files.readString(GPT2.resolve(HuggingFace.FILE)), "tokenizer.json")
                .path("model");
        Files.writeString(folder.resolve("vocab.json"), model.path("vocab").toString());
        Files.writeString(
                folder.resolve("merges.txt"),
                "#version: 0.2\n"
                        + StreamSupport.stream(model.path("merges").spliterator(), false)
                                .map(merge -> merge.stringValue() + "\n")
                                .collect(Collectors.joining()));
        try (HuggingFace old = HuggingFace.in(folder);
                HuggingFace whole = HuggingFace.in(GPT2)) {
            assertThat(old.vocabulary()).isEqualTo(whole.vocabulary());
            assertThat(old.encode(TEXT)).isEqualTo(whole.encode(TEXT));
            assertThat(old.decode(old.encode(TEXT))).isEqualTo(TEXT);
            Path saved = Files.createDirectory(folder.resolve("saved"));
            old.write(saved);
            try (HuggingFace again = HuggingFace.in(saved)) {
                assertThat(again.identity()).isEqualTo(old.identity()).isNotEqualTo(whole.identity());
            }
        }
    }

    /// Pieces end where words do: a long text has the tokens that it has as a whole.
    @Test
    void aCorpusHasTheTokensOfItsFilesWithEndsBetween() throws IOException {
        Path texts = Files.createDirectory(folder.resolve("texts"));
        String lines = "We are accounted poor citizens, the patricians good.\n\n  What says he?\n".repeat(2000);
        Files.writeString(texts.resolve("a"), lines);
        Files.writeString(texts.resolve("b"), "end");
        try (HuggingFace tokenizer = HuggingFace.in(GPT2);
                TokenFile file = Corpus.at(texts).tokens(tokenizer, folder.resolve("cache"), () -> {})) {
            List<Integer> found = new ArrayList<>();
            for (long i = 0; i < file.size(); i++) {
                found.add(file.at(i));
            }
            List<Integer> expected = new ArrayList<>();
            for (int token : tokenizer.encode(lines + "<|endoftext|>end")) {
                expected.add(token);
            }
            assertThat(found).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
                    {"model": {"type": "BPE", "vocab": {"a": 0}, "mer                        | is it cut off?
                    {"version": "1.0"}                                                       | the field "model" is missing
                    {"model": {"type": "BPE", "vocab": {"a": -3}, "merges": []}}             | not negative, not -3
                    {"model": {"type": "BPE", "vocab": {"a": 1e300}, "merges": []}}          | not negative
                    {"model": {"type": "BPE", "vocab": {}, "merges": []}}                    | has no tokens
                    {"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}}         | no tokenizer that can be used
                    {"model": {"type": "None", "vocab": {"a": 0}, "merges": []}}             | no tokenizer that can be used
                    [1, 2]                                                                   | must be an object
                    """)
    void whatIsNoTokenizerIsSaid(String json, String message) throws IOException {
        Files.writeString(folder.resolve(HuggingFace.FILE), json);
        assertThatThrownBy(() -> HuggingFace.in(folder))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining(HuggingFace.FILE)
                .hasMessageContaining(message);
    }

    @Test
    void aFolderWithoutOneIsSaid() {
        assertThatThrownBy(() -> HuggingFace.in(folder))
                .isInstanceOf(FileException.class)
                .hasMessageContaining(HuggingFace.FILE);
    }
}
