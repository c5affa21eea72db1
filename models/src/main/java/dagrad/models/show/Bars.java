package dagrad.models.show;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.image.BufferedImage;
import java.util.List;

/// Bars below each other, each with a darker part: what there is of it, of which so much.
///
/// @param title above them
public record Bars(String title, List<Bar> bars) {
    private static final int LABEL = 330;
    private static final int WIDTH = 560;
    private static final int HEIGHT = 20;
    private static final int GAP = 8;
    private static final Color ALL = new Color(0xb7, 0xcd, 0xe8);
    private static final Color PART = new Color(0x2b, 0x6c, 0xb0);

    /// @param label to the left; cut off where it is too long
    /// @param value its length, at least 0
    /// @param part the length of the darker part
    /// @param note to the right
    public record Bar(String label, double value, double part, String note) {}

    public Bars {
        bars = List.copyOf(bars);
    }

    /// Needs no screen.
    public BufferedImage draw() {
        Font font = Paper.font(12);
        FontMetrics metrics = Paper.metrics(font);
        int notes = bars.stream()
                .mapToInt(bar -> metrics.stringWidth(bar.note()))
                .max()
                .orElse(0);
        double longest = bars.stream().mapToDouble(Bar::value).max().orElse(1);
        try (Paper paper = new Paper(LABEL + WIDTH + notes + 4 * GAP, (bars.size() + 1) * (HEIGHT + GAP) + 2 * GAP)) {
            var g = paper.graphics();
            g.setFont(font);
            g.drawString(title, GAP, GAP + HEIGHT - metrics.getDescent() - 2);
            for (int i = 0; i < bars.size(); i++) {
                Bar bar = bars.get(i);
                int y = GAP + (i + 1) * (HEIGHT + GAP);
                int base = y + HEIGHT - metrics.getDescent() - 2;
                g.setColor(Paper.INK);
                g.drawString(Paper.fitted(bar.label(), metrics, LABEL - GAP), GAP, base);
                g.setColor(ALL);
                g.fillRect(LABEL + GAP, y, pixels(bar.value(), longest), HEIGHT);
                g.setColor(PART);
                g.fillRect(LABEL + GAP, y, pixels(Math.min(bar.part(), bar.value()), longest), HEIGHT);
                g.setColor(Paper.INK);
                g.drawString(bar.note(), LABEL + 2 * GAP + pixels(bar.value(), longest), base);
            }
            return paper.image();
        }
    }

    private static int pixels(double value, double longest) {
        return longest > 0 ? (int) Math.round(WIDTH * value / longest) : 0;
    }
}
