package dagrad.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProgressTest {
    private static final long SECOND = 1_000_000_000;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long now;

    private Progress progress(boolean interactive, boolean colored, int width, Charset charset) {
        PrintStream out = new PrintStream(bytes, true, charset);
        return new Progress(new Terminal(out, interactive, colored, width), () -> now);
    }

    private String shown(Charset charset) {
        return bytes.toString(charset).replace("\r\n", "\n");
    }

    private static Event.Step step(long step, double loss, Map<String, Double> validation) {
        return new Event.Step(step, loss, Map.of(), validation, 0.1, OptionalDouble.empty(), 24_510.4);
    }

    /// 100 steps, one a second.
    private void train(Progress progress, int steps) {
        progress.accept(new Event.Started("cpu", 12_345, 100));
        for (int step = 1; step <= steps; step++) {
            now += SECOND;
            progress.accept(step(step, step, Map.of()));
        }
    }

    @Test
    void withoutATerminalALineEveryFiveSecondsWithTheMeanLossSince() {
        Progress progress = progress(false, false, 80, StandardCharsets.UTF_8);
        train(progress, 12);
        progress.accept(step(13, 0, Map.of("loss", 0.25)));
        progress.accept(new Event.Finished(13, Event.Reason.DATA_ENDED, Map.of("loss", 0.125), 9, 13));
        assertThat(shown(StandardCharsets.UTF_8).lines())
                .containsExactly(
                        "training 12,345 parameters for 100 steps on cpu",
                        "step 5/100  loss 3.0000  24,510/s  1:35 left",
                        "step 10/100  loss 8.0000  24,510/s  1:30 left",
                        "step 13/100  loss 7.6667  validation: loss 0.2500  24,510/s  1:20 left",
                        "the data ended after 13 steps in 0:13; best at step 9: validation: loss 0.1250");
        assertThat(shown(StandardCharsets.UTF_8)).doesNotContain("\r", "\u001b");
    }

    @Test
    void onATerminalABarIsDrawnOverItself() {
        Progress progress = progress(true, false, 80, StandardCharsets.UTF_8);
        train(progress, 50);
        List<String> drawings = List.of(shown(StandardCharsets.UTF_8).split("\r"));
        assertThat(drawings.getLast())
                .isEqualTo(" 50% " + "█".repeat(15) + "░".repeat(15) + "  loss 50.0000  0:50 left  24,510/s  50/100 ");
        now += SECOND / 20; // too soon to draw again
        progress.accept(step(51, 1, Map.of()));
        assertThat(shown(StandardCharsets.UTF_8).split("\r")).hasSize(drawings.size());
    }

    @Test
    void anEvaluationStaysAboveTheBar() {
        Progress progress = progress(true, false, 120, StandardCharsets.UTF_8);
        train(progress, 3);
        now += SECOND;
        progress.accept(step(4, 1, Map.of("loss", 2.5)));
        assertThat(shown(StandardCharsets.UTF_8))
                .contains("\rstep 4/100  loss 1.0000  validation: loss 2.5000  24,510/s  1:36 left")
                .endsWith(
                        "4/100" + " ".repeat(120 - 1 - lastBar().stripTrailing().length()));
        assertThat(lastBar()).startsWith("  4% ").hasSize(119);
    }

    private String lastBar() {
        String[] drawings = shown(StandardCharsets.UTF_8).split("\r");
        return drawings[drawings.length - 1];
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 20, 24, 30, 40, 60, 80, 200})
    void noLineIsWiderThanTheTerminal(int width) {
        Progress progress = progress(true, false, width, StandardCharsets.UTF_8);
        train(progress, 100);
        assertThat(lastBar()).startsWith("100%").hasSizeLessThan(width);
    }

    @Test
    void coloursOnlyWhereTheyAreWelcomeAndBlocksOnlyWhereTheyCanBeWritten() {
        train(progress(true, true, 80, StandardCharsets.UTF_8), 2);
        assertThat(shown(StandardCharsets.UTF_8)).contains("\u001b[36m").contains("\u001b[0m");
        bytes.reset();
        train(progress(true, false, 80, StandardCharsets.US_ASCII), 50);
        assertThat(shown(StandardCharsets.US_ASCII))
                .contains("#".repeat(15) + ".".repeat(15))
                .doesNotContain("\u001b", "?");
    }
}
