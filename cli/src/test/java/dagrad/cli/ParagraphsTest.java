package dagrad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParagraphsTest {
    private static String fitted(int width, String... lines) {
        return Paragraphs.fitted(List.of(lines), width).replace(System.lineSeparator(), "\n");
    }

    @Test
    void linesFlow() {
        assertThat(fitted(20, "one two three", "four five six seven", "", "eight"))
                .isEqualTo("""
                one two three four
                five six seven

                eight
                """);
    }

    @Test
    void whatIsListedBeginsItsOwnLine() {
        assertThat(fitted(40, "Examples:", "  dagrad a", "  dagrad b")).isEqualTo("""
                Examples:
                  dagrad a
                  dagrad b
                """);
    }

    @Test
    void columnsHang() {
        assertThat(fitted(50, "  name    the name of the thing that is meant by this, or another one"))
                .isEqualTo("""
                  name    the name of the thing that is meant by
                          this, or another one
                """);
    }

    @ParameterizedTest
    @ValueSource(ints = {60, 80, 100})
    void noHelpIsWiderThanTheTerminal(int width) {
        Main.commandLine().getSubcommands().forEach((name, command) -> {
            String[] footer = command.getCommandSpec().usageMessage().footer();
            Paragraphs.fitted(List.of(footer), width)
                    .lines()
                    .forEach(line ->
                            assertThat(line.length()).as("%s: %s", name, line).isLessThanOrEqualTo(width));
        });
    }
}
