package dagrad.train;

import java.io.Console;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Where progress is shown.
///
/// @param interactive whether a line can be written over; if not, lines are written one after the other
/// @param colored whether colours are welcome
/// @param width in characters
public record Terminal(PrintStream out, boolean interactive, boolean colored, int width) {
    private static final int USUAL_WIDTH = 80;

    /// What the process runs in: a terminal if both its input and output are one and `TERM` is not `dumb`; colours
    /// unless `NO_COLOR` is set to anything (no-color.org); as wide as `COLUMNS` or `stty` say.
    public static Terminal detect(PrintStream out) {
        Map<String, String> environment = System.getenv();
        // Java 25 has no console where input or output is redirected, some later ones have one that says so.
        boolean interactive =
                Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false)
                        && !environment.getOrDefault("TERM", "").equals("dumb");
        boolean colored =
                interactive && environment.getOrDefault("NO_COLOR", "").isEmpty();
        return new Terminal(out, interactive, colored, interactive ? width(environment) : USUAL_WIDTH);
    }

    private static int width(Map<String, String> environment) {
        int told = number(environment.getOrDefault("COLUMNS", ""));
        int width = told > 0 ? told : widthByStty();
        return width > 0 ? width : USUAL_WIDTH;
    }

    /// Systems with `/dev/tty` have `stty`, which prints rows and columns.
    private static int widthByStty() {
        File tty = new File("/dev/tty");
        if (!tty.exists()) {
            return 0;
        }
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(tty)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String answer = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
            stty.waitFor(1, TimeUnit.SECONDS);
            return number(answer.substring(answer.indexOf(' ') + 1));
        } catch (IOException e) {
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    private static int number(String text) {
        return text.matches("[0-9]{1,5}") ? Integer.parseInt(text) : 0;
    }

    /// Whether block characters can be shown.
    boolean isUnicode() {
        return out.charset().newEncoder().canEncode('█');
    }
}
