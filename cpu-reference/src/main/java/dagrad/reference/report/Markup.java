package dagrad.reference.report;

import java.util.List;
import java.util.Locale;

/// Pieces of HTML.
final class Markup {
    private Markup() {}

    /// Text that stays text.
    static String text(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /// A table with a caption and headings; the first cell of each row names it.
    ///
    /// @param rows cells are markup already
    static String table(String caption, List<String> headings, List<List<String>> rows) {
        StringBuilder html = new StringBuilder("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"")
                .append(text(caption))
                .append("\"><table><caption>")
                .append(text(caption))
                .append("</caption><thead><tr>");
        headings.forEach(h -> html.append("<th scope=\"col\">").append(text(h)).append("</th>"));
        html.append("</tr></thead><tbody>");
        for (List<String> row : rows) {
            html.append("<tr><th scope=\"row\">").append(row.getFirst()).append("</th>");
            row.subList(1, row.size())
                    .forEach(cell -> html.append("<td>").append(cell).append("</td>"));
            html.append("</tr>\n");
        }
        return html.append("</tbody></table></div>\n").toString();
    }

    static String code(String text) {
        return "<code>" + text(text) + "</code>";
    }

    /// Three digits.
    static String brief(double x) {
        return x == 0 ? "0" : text(String.format(Locale.ROOT, "%.3g", x));
    }

    static String number(double x) {
        return String.format(Locale.ROOT, "%.9g", x);
    }

    /// A word, so that no one need see colours.
    static String verdict(boolean agrees) {
        return agrees ? "<span class=\"ok\">ok</span>" : "<strong class=\"bad\">wrong</strong>";
    }
}
