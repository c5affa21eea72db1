package dagrad.reference.report;

import static dagrad.reference.report.Markup.brief;
import static dagrad.reference.report.Markup.code;
import static dagrad.reference.report.Markup.number;
import static dagrad.reference.report.Markup.table;
import static dagrad.reference.report.Markup.text;
import static dagrad.reference.report.Markup.verdict;

import dagrad.reference.Direction;
import dagrad.reference.ModelCheck;
import dagrad.reference.NodeCheck;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// A [CheckReport] as one page that needs nothing else: no scripts, no other files. It follows the reader's choice of light
/// or dark, tables have headings and captions, pictures say in words what they show.
public final class CheckPage {
    /// Nodes in the table of those nearest to their bounds.
    private static final int SHOWN = 20;

    private final CheckReport report;
    private final StringBuilder html = new StringBuilder();

    private CheckPage(CheckReport report) {
        this.report = report;
    }

    public static String of(CheckReport report) {
        return new CheckPage(report).page();
    }

    private String page() {
        head("dagrad check " + report.model());
        summary();
        wrongRule();
        firstWrong();
        pictures();
        parameters();
        slopes();
        nodes();
        html.append(EXPLANATION);
        return html.append("</main></body></html>\n").toString();
    }

    private void head(String title) {
        html.append("""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <title>%s</title><style>
            %s</style></head><body><main>
            """.formatted(text(title), STYLE));
    }

    private void summary() {
        boolean agrees = report.agrees();
        html.append("<h1>Check of ").append(text(report.model())).append("</h1>\n<p class=\"verdict ");
        html.append(agrees ? "good" : "wrong").append("\">");
        html.append(agrees ? "All agree." : "Something disagrees.").append("</p>\n<dl>");
        entry("Device", report.device());
        entry("Precision", report.precision());
        entry("Seed", Long.toString(report.seed()));
        entry("Slopes of the loss", count(report.comparisons().slopes()));
        entry("Loss and gradients on the device", count(report.comparisons().device()));
        long wrong = report.nodes().stream().filter(row -> !row.agrees()).count();
        double most =
                report.nodes().stream().mapToDouble(NodeCheck.Row::ratio).max().orElse(0);
        entry(
                "Values on the device",
                wrong == 0
                        ? "all %d within their bounds; the nearest uses %s of its own"
                                .formatted(report.nodes().size(), share(most))
                        : "%d of %d beyond their bounds"
                                .formatted(wrong, report.nodes().size()));
        html.append("</dl>\n");
    }

    private void entry(String name, String value) {
        html.append("<div><dt>")
                .append(text(name))
                .append("</dt><dd>")
                .append(text(value))
                .append("</dd></div>");
    }

    private static String count(List<ModelCheck.Row> rows) {
        long wrong = rows.stream().filter(row -> !row.agrees()).count();
        return wrong == 0 ? "all " + rows.size() + " agree" : wrong + " of " + rows.size() + " disagree";
    }

    private static String share(double ratio) {
        return String.format(Locale.ROOT, "%.0f %%", 100 * ratio);
    }

    // ---- what is wrong --------------------------------------------------------------------------------------------

    private void wrongRule() {
        report.rule().ifPresent(rule -> {
            html.append("<section aria-labelledby=\"rule\"><h2 id=\"rule\">Where the reverse pass goes wrong</h2>\n<p>")
                    .append(code(rule.value()))
                    .append("</p>\n<dl>");
            entry("Slope by a difference quotient", number(rule.expected()));
            entry("Slope by its gradient", number(rule.found()));
            html.append("</dl><p>It is used by</p><ul>");
            rule.readers()
                    .forEach(reader -> html.append("<li>").append(code(reader)).append("</li>"));
            html.append("</ul></section>\n");
        });
    }

    private void firstWrong() {
        report.firstWrong().ifPresent(row -> {
            html.append(
                            "<section aria-labelledby=\"first\"><h2 id=\"first\">The first node that leaves its bound</h2>\n<p>")
                    .append(code(row.line()))
                    .append("</p>\n<dl>");
            entry("Pass", row.isGradient() ? "gradients" : "loss");
            entry("Worst element", row.index());
            entry("On the device", number(row.found()));
            entry("By the reference", number(row.expected()));
            entry("Error", brief(row.error()));
            entry("Bound", brief(row.bound()));
            entry("Error over bound", brief(row.ratio()));
            entry("How the bound came about", row.why());
            if (!row.together().isEmpty()) {
                entry("Computed in one launch with", String.join(", ", row.together()));
            }
            html.append("</dl>\n");
            List<List<String>> operands = new ArrayList<>();
            row.operands().forEach((name, range) -> operands.add(List.of(code(name), text(range.toString()))));
            html.append(table("Its operands, as the device has them", List.of("value", "range"), operands))
                    .append("</section>\n");
        });
    }

    // ---- pictures -------------------------------------------------------------------------------------------------

    private void pictures() {
        if (report.directions().isEmpty()) {
            return;
        }
        html.append(
                        "<section aria-labelledby=\"slopes-seen\"><h2 id=\"slopes-seen\">The loss along lines through the parameters</h2>\n")
                .append(
                        "<p>t ↦ L(θ + tu) with |u| = 1, in float64, and the tangent that the gradient gives; beside it how far the")
                .append(
                        " difference quotient with step h is from that slope. A right gradient gives a V: the error falls as h²")
                .append(" until rounding makes it rise as 1/h. A wrong one gives a floor.</p>\n<div class=\"plots\">");
        int number = 0;
        for (Direction direction : report.directions()) {
            html.append(curve(direction).toSvg("curve" + number));
            html.append(quotients(direction).toSvg("quotients" + number++));
        }
        html.append("</div></section>\n");
    }

    private static Plot curve(Direction d) {
        double reach = d.curve().getLast().t();
        List<double[]> points =
                d.curve().stream().map(p -> new double[] {p.t(), p.loss()}).toList();
        double most = points.stream()
                .mapToDouble(p -> Math.abs(p[1] - d.loss()))
                .max()
                .orElse(0);
        // A steep tangent ends where it leaves the picture, lest the loss look flat.
        double end = Math.min(reach, most / Math.abs(d.slope()));
        List<double[]> tangent = List.of(
                new double[] {-end, d.loss() - end * d.slope()}, new double[] {end, d.loss() + end * d.slope()});
        String description = "The loss %s from t = %s to %s. At t = 0 it is %s, and the tangent has the slope %s."
                .formatted(d.name(), brief(-reach), brief(reach), number(d.loss()), number(d.slope()));
        return new Plot(
                "The loss " + d.name(),
                description,
                "t, " + d.name(),
                "loss",
                false,
                List.of(new Plot.Line("tangent", "two", false, tangent), new Plot.Line("loss", "one", false, points)));
    }

    private static Plot quotients(Direction d) {
        Direction.Quotient best = d.quotients().stream()
                .min(Comparator.comparingDouble(Direction.Quotient::error))
                .orElseThrow();
        String description =
                "The error of the difference quotient over the step h, both in powers of ten. It is least at h = "
                        + brief(best.h()) + ", where it is " + brief(best.error()) + ".";
        return new Plot(
                "Difference quotients " + d.name(),
                description,
                "h, " + d.name(),
                "error of the quotient",
                true,
                List.of(new Plot.Line(
                        "",
                        "one",
                        true,
                        d.quotients().stream()
                                .map(q -> new double[] {q.h(), q.error()})
                                .toList())));
    }

    // ---- tables ---------------------------------------------------------------------------------------------------

    private void parameters() {
        html.append(
                "<section aria-labelledby=\"worst\"><h2 id=\"worst\">Gradients on the device, worst parameter first</h2>\n");
        List<List<String>> rows = report.parameters().stream()
                .map(p -> List.of(
                        code(p.name()),
                        text(p.spec().toString()),
                        brief(p.row().expected()),
                        brief(p.relativeError()),
                        brief(p.row().allowed() / Math.abs(p.row().expected())),
                        brief(p.ratio()),
                        verdict(p.row().agrees())))
                .toList();
        html.append(table(
                        "Norms of gradients, and errors as a part of them",
                        List.of("parameter", "shape", "norm", "relative error", "bound", "error over bound", ""),
                        rows))
                .append("</section>\n");
    }

    private void slopes() {
        html.append("<section aria-labelledby=\"slopes\"><h2 id=\"slopes\">Slopes of the loss</h2>\n");
        List<List<String>> rows = report.comparisons().slopes().stream()
                .map(row -> List.of(
                        code(row.what()),
                        number(row.expected()),
                        number(row.found()),
                        brief(row.error()),
                        brief(row.allowed()),
                        verdict(row.agrees())))
                .toList();
        html.append(table(
                        "In float64, along a random direction in each parameter",
                        List.of("along", "by differences", "by the gradient", "error", "allowed", ""),
                        rows))
                .append("</section>\n");
    }

    private void nodes() {
        html.append(
                "<section aria-labelledby=\"nodes\"><h2 id=\"nodes\">Values on the device, nearest to their bounds first</h2>\n");
        List<List<String>> rows = report.nodes().stream()
                .sorted(Comparator.comparingDouble(NodeCheck.Row::ratio).reversed())
                .limit(SHOWN)
                .map(row -> List.of(
                        code(row.line()),
                        row.isGradient() ? "gradients" : "loss",
                        text(row.index()),
                        brief(row.error()),
                        brief(row.bound()),
                        brief(row.ratio()),
                        text(row.why()),
                        verdict(row.agrees())))
                .toList();
        String caption = "%d of %d values".formatted(rows.size(), report.nodes().size());
        html.append(table(
                        caption,
                        List.of(
                                "node",
                                "pass",
                                "element",
                                "error",
                                "bound",
                                "error over bound",
                                "how the bound came about",
                                ""),
                        rows))
                .append("</section>\n");
    }

    private static final String EXPLANATION = """
            <section aria-labelledby="bounds"><h2 id="bounds">Where the bounds come from</h2>
            <p>Each value that the device stores is compared with what float64 makes of the very operands that the device
            had. The bound is a running error analysis: what the type's unit roundoff u, the length of a sum and the type it
            is accumulated in allow the operation itself (γₙ = nu/(1 − nu) for n terms), and what the errors of operands that
            are not stored do to it. It holds for sums in any order. The bounds of loss and gradients are six times what
            rounding does to them, found by evaluating the graph eight times with each operation's result anywhere within
            its own bound.</p></section>
            """;

    private static final String STYLE = """
            :root{color-scheme:light dark;--ink:#1d2330;--paper:#fcfcfa;--soft:#59616f;--rule:#d9dce1;--one:#1f5fae;--two:#b2480c;
            --good:#16693a;--bad:#a8201a}
            @media(prefers-color-scheme:dark){:root{--ink:#e7e9ee;--paper:#15181e;--soft:#a7afbd;--rule:#343a46;--one:#7db4f2;
            --two:#f0a36b;--good:#7fd09b;--bad:#ff9a92}}
            body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
            main{max-width:64rem;margin:0 auto;padding:1.5rem}
            h1{font-size:1.6rem;margin:0 0 .5rem}h2{font-size:1.2rem;margin:2rem 0 .5rem}
            .verdict{font-size:1.2rem;font-weight:600;padding-left:.7rem;border-left:.3rem solid}
            .good,.ok{color:var(--good)}.wrong,.bad{color:var(--bad)}
            dl{margin:0}dl div{display:flex;gap:1rem;padding:.1rem 0;flex-wrap:wrap}dt{color:var(--soft);min-width:17rem}
            dd{margin:0;flex:1;min-width:12rem}
            code{font:.9em ui-monospace,monospace;overflow-wrap:anywhere}
            .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
            caption{text-align:left;color:var(--soft);padding:.3rem 0}
            th,td{text-align:left;padding:.25rem .8rem .25rem 0;border-bottom:1px solid var(--rule);vertical-align:top}
            th[scope=row]{font-weight:400}
            .plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(24rem,100%),1fr));gap:1rem}
            svg{width:100%;height:auto}svg text{fill:var(--ink);font:11px system-ui,sans-serif}
            svg .tick{fill:var(--soft)}.grid{stroke:var(--rule)}.axis{stroke:var(--soft)}
            polyline{fill:none;stroke-width:2}polyline.one{stroke:var(--one)}polyline.two{stroke:var(--two);stroke-dasharray:6 4}
            circle.one{fill:var(--one)}svg text.legend.one{fill:var(--one)}svg text.legend.two{fill:var(--two)}
            """;
}
