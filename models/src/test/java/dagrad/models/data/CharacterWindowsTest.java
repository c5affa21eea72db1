package dagrad.models.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.tensor.TensorSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

class CharacterWindowsTest {
    private static final CharacterWindows WINDOWS = new CharacterWindows("ABC", 3);

    @Test
    void eachCharacterAndEachEndIsAnExample() {
        CharacterWindows.Examples examples = WINDOWS.examples(List.of("CABA", "", "B"));
        assertThat(examples.contexts().spec()).isEqualTo(TensorSpec.i32(8, 3));
        assertThat(examples.contexts().ints())
                .containsExactly(0, 0, 0, 0, 0, 3, 0, 3, 1, 3, 1, 2, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2);
        assertThat(examples.next().ints()).containsExactly(3, 1, 2, 1, 0, 0, 2, 0);
    }

    @Test
    void aTextBeingWrittenHasTheContextThatItsExampleHas() {
        assertThat(WINDOWS.context("")).containsExactly(0, 0, 0);
        assertThat(WINDOWS.context("CA")).containsExactly(0, 3, 1);
        assertThat(WINDOWS.context("CABA")).containsExactly(1, 2, 1);
    }

    @Test
    void numbersAndCharactersAreInverse() {
        assertThat(WINDOWS.classes()).isEqualTo(4);
        for (char c : "ABC".toCharArray()) {
            assertThat(WINDOWS.character(WINDOWS.number(c))).isEqualTo(c);
            assertThat(WINDOWS.number(c)).isNotEqualTo(CharacterWindows.END);
        }
    }

    @Test
    void whatIsNotInTheAlphabetIsNamed() {
        assertThatThrownBy(() -> WINDOWS.examples(List.of("AD")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("'D' is not in the alphabet \"ABC\"");
        assertThatThrownBy(() -> new CharacterWindows("AA", 3)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new CharacterWindows("A", 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
