package dagrad.reference.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;

/// A picture of a few lines as SVG that needs no script: it takes its colours from the page and tells in words what it
/// shows.
///
/// @param title and description: what is read aloud
/// @param logarithmic whether both axes are powers of ten; only positive numbers are drawn then
record Plot(String title, String description, String x, String y, boolean logarithmic, List<Line> lines) {
    private static final int WIDTH = 420;
    private static final int HEIGHT = 260;
    private static final int LEFT = 74;
    private static final int RIGHT = 14;
    private static final int TOP = 30;
    private static final int BOTTOM = 42;

    /// @param name for the legend
    /// @param style a class of the page's: how it is drawn
    /// @param isMarked whether points are shown
    record Line(String name, String style, boolean isMarked, List<double[]> points) {}

    Plot {
        lines = List.copyOf(lines);
    }

    /// @param id of the picture within its page
    String toSvg(String id) {
        List<Line> drawn = lines.stream().map(this::onPaper).toList();
        Axis across = axis(drawn, 0, LEFT, WIDTH - RIGHT);
        Axis up = axis(drawn, 1, HEIGHT - BOTTOM, TOP);
        StringBuilder svg = new StringBuilder();
        svg.append("<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"%s-title %s-desc\">"
                .formatted(WIDTH, HEIGHT, id, id));
        svg.append("<title id=\"%s-title\">%s</title>".formatted(id, Markup.text(title)));
        svg.append("<desc id=\"%s-desc\">%s</desc>".formatted(id, Markup.text(description)));
        grid(svg, across, up);
        for (Line line : drawn) {
            draw(svg, line, across, up);
        }
        legend(svg, drawn);
        return svg.append("</svg>").toString();
    }

    /// The points that can be drawn, as they are drawn.
    private Line onPaper(Line line) {
        DoubleUnaryOperator scale = logarithmic ? Math::log10 : v -> v;
        List<double[]> points = new ArrayList<>();
        for (double[] p : line.points()) {
            double a = scale.applyAsDouble(p[0]);
            double b = scale.applyAsDouble(p[1]);
            if (Double.isFinite(a) && Double.isFinite(b)) {
                points.add(new double[] {a, b});
            }
        }
        return new Line(line.name(), line.style(), line.isMarked(), points);
    }

    // ---- axes -----------------------------------------------------------------------------------------------------

    /// From numbers to places.
    private record Axis(double least, double most, double from, double to) {
        double place(double value) {
            return from + (value - least) / (most - least) * (to - from);
        }

        /// At most seven round numbers within.
        List<Double> ticks(boolean whole) {
            double step = Math.pow(10, Math.floor(Math.log10((most - least) / 5)));
            step = whole ? Math.max(1, step) : step;
            while ((most - least) / step > 6) {
                step *= (most - least) / step > 12 ? 5 : 2;
            }
            List<Double> ticks = new ArrayList<>();
            for (double tick = Math.ceil(least / step - 1e-9); tick * step <= most + 1e-9 * step; tick++) {
                ticks.add(tick * step);
            }
            return ticks;
        }
    }

    private static Axis axis(List<Line> lines, int coordinate, double from, double to) {
        double[] values = lines.stream()
                .flatMap(line -> line.points().stream())
                .mapToDouble(p -> p[coordinate])
                .sorted()
                .toArray();
        double least = values.length == 0 ? 0 : values[0];
        double most = values.length == 0 ? 1 : values[values.length - 1];
        double margin = most > least ? 0.04 * (most - least) : Math.max(1e-12, 0.1 * Math.abs(most));
        return new Axis(least - margin, most + margin, from, to);
    }

    private void grid(StringBuilder svg, Axis across, Axis up) {
        for (double tick : across.ticks(logarithmic)) {
            double at = across.place(tick);
            svg.append(line("grid", at, TOP, at, HEIGHT - BOTTOM));
            svg.append(words("tick", at, HEIGHT - BOTTOM + 14, "middle", number(tick)));
        }
        for (double tick : up.ticks(logarithmic)) {
            double at = up.place(tick);
            svg.append(line("grid", LEFT, at, WIDTH - RIGHT, at));
            svg.append(words("tick", LEFT - 6, at + 3.5, "end", number(tick)));
        }
        svg.append(line("axis", LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM));
        svg.append(line("axis", LEFT, TOP, LEFT, HEIGHT - BOTTOM));
        svg.append(words("label", (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 8, "middle", x));
        svg.append(words("label", 4, 14, "start", y));
    }

    private String number(double tick) {
        if (logarithmic) {
            return String.format(Locale.ROOT, "1e%.0f", tick);
        }
        return tick == 0
                ? "0"
                : String.format(Locale.ROOT, "%.5g", tick)
                        .replaceAll("(\\.\\d*?)0+$", "$1")
                        .replaceAll("\\.$", "");
    }

    // ---- lines ----------------------------------------------------------------------------------------------------

    private static void draw(StringBuilder svg, Line line, Axis across, Axis up) {
        String points = line.points().stream()
                .map(p -> String.format(Locale.ROOT, "%.1f,%.1f", across.place(p[0]), up.place(p[1])))
                .collect(Collectors.joining(" "));
        svg.append("<polyline class=\"%s\" points=\"%s\"/>".formatted(line.style(), points));
        if (line.isMarked()) {
            for (double[] p : line.points()) {
                svg.append(String.format(
                        Locale.ROOT,
                        "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\"/>",
                        line.style(),
                        across.place(p[0]),
                        up.place(p[1])));
            }
        }
    }

    private static void legend(StringBuilder svg, List<Line> lines) {
        double at = WIDTH - RIGHT;
        for (Line line : lines.reversed()) {
            svg.append(words("legend " + line.style(), at, 14, "end", line.name()));
            at -= 12 + 6.2 * line.name().length();
        }
    }

    private static String line(String style, double x1, double y1, double x2, double y2) {
        return String.format(
                Locale.ROOT,
                "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
                style,
                x1,
                y1,
                x2,
                y2);
    }

    private static String words(String style, double x, double y, String anchor, String text) {
        return String.format(
                Locale.ROOT,
                "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>",
                style,
                x,
                y,
                anchor,
                Markup.text(text));
    }
}
