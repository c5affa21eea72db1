package dagrad.models.show;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.List;

/// A table of numbers whose cells are coloured: white for 0, blue the deeper the more, red for negative ones.
///
/// @param title above the picture
/// @param rows names of the rows; `across` and `down` say what columns and rows are
/// @param cells one row of cells for each name in `rows`, in each a cell for every name in `columns`
public record Heatmap(
        String title, String down, String across, List<String> rows, List<String> columns, List<List<Cell>> cells) {
    private static final Color POSITIVE = new Color(0x1f, 0x4e, 0x9e);
    private static final Color NEGATIVE = new Color(0xb2, 0x30, 0x2a);
    private static final int SIDE = 52;
    private static final int GAP = 8;

    /// @param text what stands in the cell
    /// @param depth of the colour, from -1 to 1
    public record Cell(String text, double depth) {}

    /// @throws IllegalArgumentException if the cells do not fit the names
    public Heatmap {
        rows = List.copyOf(rows);
        columns = List.copyOf(columns);
        cells = cells.stream().map(List::copyOf).toList();
        int width = columns.size();
        if (cells.size() != rows.size() || cells.stream().anyMatch(row -> row.size() != width) || cells.isEmpty()) {
            throw new IllegalArgumentException("the cells do not fit " + rows.size() + " rows of " + width);
        }
    }

    /// Needs no screen.
    public BufferedImage draw() {
        Font font = Paper.font(13);
        FontMetrics metrics = Paper.metrics(font);
        int left = GAP + metrics.getHeight() + GAP + widest(rows, metrics) + GAP;
        int line = metrics.getHeight();
        int top = GAP + line + GAP + line + GAP + widest(columns, metrics) + GAP;
        int right = left + columns.size() * SIDE;
        int bottom = top + rows.size() * SIDE;
        int least = GAP + metrics.stringWidth(title) + GAP;
        try (Paper paper = new Paper(Math.max(right + GAP, least), bottom + GAP)) {
            Graphics2D g = paper.graphics();
            g.setFont(font);
            g.drawString(title, GAP, GAP + metrics.getAscent());
            g.drawString(across, left, GAP + line + GAP + metrics.getAscent());
            upright(g, down, GAP + metrics.getAscent(), bottom);
            for (int i = 0; i < rows.size(); i++) {
                String name = rows.get(i);
                g.drawString(name, left - GAP - metrics.stringWidth(name), middle(top + i * SIDE, metrics));
            }
            for (int j = 0; j < columns.size(); j++) {
                upright(g, columns.get(j), middle(left + j * SIDE, metrics), top - GAP);
            }
            for (int i = 0; i < rows.size(); i++) {
                for (int j = 0; j < columns.size(); j++) {
                    draw(g, cells.get(i).get(j), left + j * SIDE, top + i * SIDE);
                }
            }
            return paper.image();
        }
    }

    private static int widest(List<String> names, FontMetrics metrics) {
        return names.stream().mapToInt(metrics::stringWidth).max().orElse(0);
    }

    private static int middle(int start, FontMetrics metrics) {
        return start + (SIDE + metrics.getAscent() - metrics.getDescent()) / 2;
    }

    /// From the bottom to the top.
    private static void upright(Graphics2D g, String text, int x, int y) {
        g.translate(x, y);
        g.rotate(-Math.PI / 2);
        g.drawString(text, 0, 0);
        g.rotate(Math.PI / 2);
        g.translate(-x, -y);
    }

    private static void draw(Graphics2D g, Cell cell, int x, int y) {
        double depth = Math.clamp(Math.abs(cell.depth()), 0.0, 1.0);
        g.setColor(mixed(cell.depth() < 0 ? NEGATIVE : POSITIVE, depth));
        g.fillRect(x, y, SIDE - 1, SIDE - 1);
        g.setColor(depth > 0.45 ? Color.WHITE : Paper.INK);
        FontMetrics metrics = g.getFontMetrics();
        g.drawString(cell.text(), x + (SIDE - 1 - metrics.stringWidth(cell.text())) / 2, middle(y, metrics));
        g.setColor(Paper.INK);
    }

    /// White at 0; even at 0 not quite, so that the table is seen.
    private static Color mixed(Color full, double depth) {
        double share = 0.03 + 0.97 * depth;
        return new Color(level(full.getRed(), share), level(full.getGreen(), share), level(full.getBlue(), share));
    }

    private static int level(int full, double share) {
        return (int) Math.round(255 + share * (full - 255));
    }
}
