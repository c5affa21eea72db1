package dagrad.train;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.LongStream;

/// Lines over one pair of axes.
///
/// @param across what the horizontal axis counts
/// @param up what the vertical axis measures
public record Chart(String across, String up, List<Line> lines) {
    public record Point(double x, double y) {}

    /// How a line is drawn.
    public enum Style {
        LINE,
        /// A line with its points marked.
        MARKED,
        /// The points alone.
        POINTS
    }

    public record Line(String name, Color color, Style style, List<Point> points) {
        public Line {
            points = List.copyOf(points);
        }
    }

    private static final int WIDTH = 960;
    private static final int HEIGHT = 400;
    private static final int LEFT = 90;
    private static final int RIGHT = 30;
    private static final int TOP = 44;
    private static final int BOTTOM = 56;
    private static final Color INK = new Color(0x33, 0x33, 0x33);
    private static final Color GRID = new Color(0xe4, 0xe4, 0xe4);
    private static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 15);

    public Chart {
        lines = List.copyOf(lines);
    }

    /// Charts one below the other. Needs no screen.
    public static BufferedImage draw(List<Chart> charts) {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT * charts.size(), BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, image.getWidth(), image.getHeight());
        g.setFont(FONT);
        for (Chart chart : charts) {
            chart.draw(g);
            g.translate(0, HEIGHT);
        }
        g.dispose();
        return image;
    }

    private void draw(Graphics2D g) {
        Axis x = axis(Point::x, LEFT, WIDTH - RIGHT);
        Axis y = axis(Point::y, HEIGHT - BOTTOM, TOP);
        for (double tick : x.ticks()) {
            int at = (int) Math.round(x.place(tick));
            rule(g, at, TOP, at, HEIGHT - BOTTOM);
            String label = x.label(tick);
            g.drawString(label, at - g.getFontMetrics().stringWidth(label) / 2, HEIGHT - BOTTOM + 20);
        }
        for (double tick : y.ticks()) {
            int at = (int) Math.round(y.place(tick));
            rule(g, LEFT, at, WIDTH - RIGHT, at);
            String label = y.label(tick);
            g.drawString(label, LEFT - 8 - g.getFontMetrics().stringWidth(label), at + 5);
        }
        g.drawRect(LEFT, TOP, WIDTH - RIGHT - LEFT, HEIGHT - BOTTOM - TOP);
        g.drawString(up, LEFT, TOP - 14);
        g.drawString(across, WIDTH - RIGHT - g.getFontMetrics().stringWidth(across), HEIGHT - 12);
        lines.forEach(line -> draw(g, line, x, y));
        legend(g);
    }

    private static void rule(Graphics2D g, int x1, int y1, int x2, int y2) {
        g.setColor(GRID);
        g.drawLine(x1, y1, x2, y2);
        g.setColor(INK);
    }

    private static void draw(Graphics2D g, Line line, Axis x, Axis y) {
        Path2D path = new Path2D.Double();
        for (Point p : line.points()) {
            if (path.getCurrentPoint() == null) {
                path.moveTo(x.place(p.x()), y.place(p.y()));
            } else {
                path.lineTo(x.place(p.x()), y.place(p.y()));
            }
        }
        g.setColor(line.color());
        float width = line.style() == Style.MARKED ? 2.2f : 1.5f;
        g.setStroke(new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        if (line.style() != Style.POINTS) {
            g.draw(path);
        }
        if (line.style() != Style.LINE || line.points().size() == 1) {
            double size = line.style() == Style.POINTS ? 4 : 7;
            line.points()
                    .forEach(p -> g.fill(
                            new Ellipse2D.Double(x.place(p.x()) - size / 2, y.place(p.y()) - size / 2, size, size)));
        }
        g.setStroke(new BasicStroke());
        g.setColor(INK);
    }

    private void legend(Graphics2D g) {
        int at = WIDTH - RIGHT;
        for (Line line : lines.reversed()) {
            at -= g.getFontMetrics().stringWidth(line.name());
            g.drawString(line.name(), at, TOP - 14);
            at -= 34;
            g.setColor(line.color());
            g.fillRect(at, TOP - 21, 26, 4);
            g.setColor(INK);
            at -= 18;
        }
    }

    private Axis axis(ToDoubleFunction<Point> coordinate, int from, int to) {
        double low = lines.stream()
                .flatMap(l -> l.points().stream())
                .mapToDouble(coordinate)
                .min()
                .orElse(0);
        double high = lines.stream()
                .flatMap(l -> l.points().stream())
                .mapToDouble(coordinate)
                .max()
                .orElse(1);
        double margin = high > low ? 0.03 * (high - low) : Math.max(1e-9, 0.1 * Math.abs(high));
        return new Axis(low - margin, high + margin, from, to);
    }

    /// Numbers `low` to `high` on pixels `from` to `to`.
    private record Axis(double low, double high, int from, int to) {
        double place(double value) {
            return from + (value - low) / (high - low) * (to - from);
        }

        /// 1, 2 or 5 times a power of ten: what leaves 4 to 10 ticks.
        private double step() {
            double rough = (high - low) / 5;
            double power = Math.pow(10, Math.floor(Math.log10(rough)));
            return rough < 2 * power ? power : rough < 5 * power ? 2 * power : 5 * power;
        }

        List<Double> ticks() {
            double step = step();
            long first = (long) Math.ceil(low / step);
            long last = (long) Math.floor(high / step);
            return LongStream.rangeClosed(first, last).mapToObj(i -> i * step).toList();
        }

        /// With the digits that tell the ticks apart.
        String label(double tick) {
            int digits = (int) Math.max(0, -Math.floor(Math.log10(step()) + 1e-9));
            return digits > 5 || Math.abs(tick) >= 1e7
                    ? String.format(Locale.ROOT, "%.2e", tick)
                    : String.format(Locale.ROOT, "%,." + digits + "f", tick + 0.0);
        }
    }
}
