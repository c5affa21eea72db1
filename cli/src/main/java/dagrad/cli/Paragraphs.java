package dagrad.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Lines of help, fitted into a width. Lines that follow each other without an indent are one paragraph and flow; an
/// indented line stays one, and what does not fit goes on below its last column.
final class Paragraphs {
    /// The beginnings of columns: what two spaces or more are before.
    private static final Pattern COLUMN = Pattern.compile("(?<= {2})\\S");

    /// Columns are kept if so much is left beside them.
    private static final int LEAST = 30;

    private Paragraphs() {}

    static String fitted(List<String> lines, int width) {
        StringBuilder text = new StringBuilder();
        List<String> words = new ArrayList<>();
        for (String line : lines) {
            boolean flows = !line.isBlank() && !line.startsWith(" ");
            if (flows) {
                words.addAll(List.of(line.split(" +")));
            } else {
                wrap(text, "", 0, words, width);
                words.clear();
                int at = hanging(line, width);
                wrap(
                        text,
                        line.substring(0, at),
                        line.isBlank() ? 0 : at,
                        List.of(line.substring(at).split(" ")),
                        width);
            }
            if (flows && line.endsWith(":")) { // what is listed comes below
                wrap(text, "", 0, words, width);
                words.clear();
            }
        }
        wrap(text, "", 0, words, width);
        return text.toString();
    }

    private static int hanging(String line, int width) {
        Matcher columns = COLUMN.matcher(line);
        int at = 0;
        int first = -1;
        while (columns.find()) {
            first = first < 0 ? columns.start() : first;
            at = columns.start() <= width - LEAST ? columns.start() : at;
        }
        return at > 0 ? at : Math.max(0, first);
    }

    private static void wrap(StringBuilder text, String start, int indent, List<String> words, int width) {
        if (words.isEmpty()) {
            return;
        }
        StringBuilder line = new StringBuilder(start);
        boolean begun = false;
        for (String word : words) {
            if (begun && line.length() + 1 + word.length() > width) {
                text.append(line.toString().stripTrailing()).append(System.lineSeparator());
                line = new StringBuilder(" ".repeat(indent));
                begun = false;
            }
            line.append(begun ? " " : "").append(word);
            begun = true;
        }
        text.append(line.toString().stripTrailing()).append(System.lineSeparator());
    }
}
