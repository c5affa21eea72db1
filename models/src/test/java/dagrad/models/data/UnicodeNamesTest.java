package dagrad.models.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class UnicodeNamesTest {
    private static final List<String> NAMES = UnicodeNames.symbols();

    @Test
    void theNamesAreManyShortAndSpelledInTheAlphabet() {
        assertThat(NAMES).hasSizeBetween(6_500, 20_000).doesNotHaveDuplicates();
        assertThat(NAMES).allMatch(name -> name.matches("[" + UnicodeNames.ALPHABET.strip() + " ]{2,40}"));
    }

    @Test
    void theyAreInTheOrderOfTheirCharacters() {
        assertThat(NAMES).isEqualTo(UnicodeNames.symbols());
        assertThat(NAMES).startsWith("EXCLAMATION MARK", "QUOTATION MARK", "NUMBER SIGN");
        assertThat(NAMES)
                .containsSubsequence("SNOWMAN", "BLACK CHESS QUEEN", "VIOLIN", "PILE OF POO", "FACE WITH MONOCLE");
    }

    @Test
    void listsOfLettersAreLeftOut() {
        assertThat(NAMES)
                .doesNotContain("YI SYLLABLE MGAP", "LATIN SMALL LETTER A", "CIRCLED LATIN SMALL LETTER A")
                .noneMatch(name -> name.startsWith("CJK UNIFIED") || name.startsWith("HANGUL SYLLABLE"));
    }
}
