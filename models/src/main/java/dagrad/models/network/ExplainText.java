package dagrad.models.network;

import dagrad.models.network.ScalarNetwork.Node;
import dagrad.models.network.ScalarNetwork.Output;
import dagrad.models.network.ScalarNetwork.Source;
import dagrad.models.network.ScalarNetwork.Weight;
import java.util.ArrayList;
import java.util.List;

/// The tables of [Explain].
///
/// @param lines the most lines that a table has
record ExplainText(Explain explain, int lines) {
    String text() {
        return "%s%n%n%s%n%s%n%s".formatted(network(), forward(), backward(), parameters());
    }

    private ScalarNetwork network() {
        return explain.network();
    }

    private String forward() {
        TextTable table = new TextTable(lines, "node", "g", ">m", "a_m", ">", ">i", ">r_i");
        for (int v = 0; v < network().nodes().size(); v++) {
            Node node = network().nodes().get(v);
            for (int row = 0; row < Math.max(node.arguments().size(), node.components()); row++) {
                List<String> cells = head(node, row, node.activation().text());
                boolean argument = row < node.arguments().size();
                cells.add(argument ? "" + row : "");
                cells.add(argument ? formula(node.arguments().get(row)) : "");
                cells.add(argument ? TextTable.number(explain.a(v, row)) : "");
                boolean component = row < node.components();
                cells.add(component ? "" + row : "");
                cells.add(component ? TextTable.number(explain.r(new Output(v, row))) : "");
                table.add(cells);
            }
        }
        return "Forward, (12): an argument is a_m = x_j, or θ_p r of its edge's tail; then r = g(a).%n%n%s%nJ = r(%s) = %s%n"
                .formatted(
                        table,
                        network().describe(network().objective().orElseThrow()),
                        TextTable.number(explain.objective()).strip());
    }

    private String backward() {
        TextTable table =
                new TextTable(lines, "node", ">i", ">δ_i", ">m", ">γ_m", "edge from", "G", ">+= γ r", "δ", ">+= γ θ");
        for (int w = network().nodes().size() - 1; w >= 0; w--) {
            Node node = network().nodes().get(w);
            for (int row = 0; row < Math.max(node.arguments().size(), node.components()); row++) {
                boolean component = row < node.components();
                List<String> cells = head(node, row, component ? "" + row : "");
                cells.set(1, component ? "" + row : "");
                cells.add(component ? TextTable.number(explain.delta(new Output(w, row))) : "");
                if (row < node.arguments().size()) {
                    cells.add("" + row);
                    cells.add(TextTable.number(explain.gamma(w, row)));
                    cells.addAll(contribution(node.arguments().get(row), explain.gamma(w, row)));
                }
                table.add(cells);
            }
        }
        return """
                Backward, (13), in reverse order: δ = 1 at J, else the sum of what the edges add; γ_m = Σ_i ∂g_i/∂a_m δ_i;
                an edge from u with parameter p adds γ_m r^u to G_p and γ_m θ_p to δ^u.

                %s""".formatted(table);
    }

    private List<String> contribution(Source source, double gamma) {
        return switch (source) {
            case Source.Input(int j) -> List.of("– " + network().inputs().get(j));
            case Source.Target(int j) -> List.of("– " + network().targets().get(j));
            case Source.Edge(Output tail, Weight weight) ->
                List.of(
                        network().describe(tail),
                        switch (weight) {
                            case Weight.Parameter(int p) ->
                                "G(" + network().parameters().get(p) + ")";
                            case Weight.Fixed _ -> "";
                        },
                        switch (weight) {
                            case Weight.Parameter _ -> TextTable.number(gamma * explain.r(tail));
                            case Weight.Fixed _ -> "";
                        },
                        "δ(" + network().describe(tail) + ")",
                        TextTable.number(gamma * explain.weight(weight)));
        };
    }

    private String parameters() {
        int count = network().parameters().size();
        List<List<List<String>>> contributions = new ArrayList<>();
        for (int p = 0; p < count; p++) {
            contributions.add(new ArrayList<>());
        }
        for (int w = network().nodes().size() - 1; w >= 0; w--) {
            Node node = network().nodes().get(w);
            for (int m = 0; m < node.arguments().size(); m++) {
                if (node.arguments().get(m) instanceof Source.Edge(Output tail, Weight.Parameter(int p))) {
                    contributions
                            .get(p)
                            .add(List.of(
                                    network().describe(tail) + " → " + node.name() + ", argument " + m,
                                    TextTable.number(explain.gamma(w, m) * explain.r(tail))));
                }
            }
        }
        TextTable table = new TextTable(lines, "parameter", ">θ_p", "edge", ">γ r", ">∂J/∂θ_p");
        double[] gradient = explain.gradient();
        for (int p = 0; p < count; p++) {
            List<List<String>> edges = contributions.get(p);
            for (int e = 0; e < edges.size(); e++) {
                List<String> cells = new ArrayList<>();
                cells.add(e == 0 ? network().parameters().get(p) : "");
                cells.add(e == 0 ? TextTable.number(explain.theta(p)) : "");
                cells.addAll(edges.get(e));
                cells.add(e == edges.size() - 1 ? TextTable.number(gradient[p]) : "");
                table.add(cells);
            }
        }
        return "Gradient: ∂J/∂θ_p = G_p, the sum over the edges that carry θ_p.%n%n%s".formatted(table);
    }

    /// The node's name and one more cell, on the node's first line only.
    private static List<String> head(Node node, int row, String second) {
        List<String> cells = new ArrayList<>();
        cells.add(row == 0 ? node.name() : "");
        cells.add(row == 0 ? second : "");
        return cells;
    }

    private String formula(Source source) {
        return switch (source) {
            case Source.Input(int j) -> network().inputs().get(j);
            case Source.Target(int j) -> network().targets().get(j);
            case Source.Edge(Output tail, Weight.Parameter(int p)) ->
                network().parameters().get(p) + " r(" + network().describe(tail) + ")";
            case Source.Edge(Output tail, Weight.Fixed(double value)) ->
                (value == 1 ? "" : TextTable.shortest(value) + " ") + "r("
                        + network().describe(tail) + ")";
        };
    }
}
