package dagrad.models.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/// Lines of cells, aligned in columns.
final class TextTable {
    private final int maxLines;
    private final List<Boolean> toTheRight = new ArrayList<>();
    private final List<List<String>> lines = new ArrayList<>();
    private long left;

    /// @param maxLines further lines are counted only
    /// @param titles of the columns; one that begins with `>` is aligned to the right
    TextTable(int maxLines, String... titles) {
        this.maxLines = maxLines;
        List<String> cells = new ArrayList<>();
        for (String title : titles) {
            toTheRight.add(title.startsWith(">"));
            cells.add(title.startsWith(">") ? title.substring(1) : title);
        }
        lines.add(cells);
    }

    /// Adds a line; missing cells at its end are empty.
    ///
    /// @param cells asked only if the line is to be shown
    void add(Supplier<List<String>> cells) {
        if (lines.size() > maxLines) {
            left++;
        } else {
            lines.add(List.copyOf(cells.get()));
        }
    }

    /// Six digits after the point, in scientific notation where those would say too little or too much.
    static String number(double value) {
        double size = Math.abs(value);
        boolean plain = value == 0 || size >= 1e-4 && size < 1e7;
        return String.format(Locale.ROOT, plain ? "%.6f" : "%.6e", value);
    }

    /// The digits that the number needs: `-1`, `0.25`.
    static String shortest(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e7
                ? String.valueOf((long) value)
                : String.valueOf(value);
    }

    @Override
    public String toString() {
        int[] widths = new int[toTheRight.size()];
        for (List<String> line : lines) {
            for (int c = 0; c < line.size(); c++) {
                widths[c] = Math.max(widths[c], length(line.get(c)));
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> line : lines) {
            StringBuilder row = new StringBuilder();
            for (int c = 0; c < line.size(); c++) {
                String space = " ".repeat(widths[c] - length(line.get(c)));
                row.append("  ").append(toTheRight.get(c) ? space + line.get(c) : line.get(c) + space);
            }
            text.append(row.toString().stripTrailing()).append(System.lineSeparator());
        }
        if (left > 0) {
            text.append("  … ").append(left).append(" more lines").append(System.lineSeparator());
        }
        return text.toString();
    }

    private static int length(String cell) {
        return cell.codePointCount(0, cell.length());
    }
}
