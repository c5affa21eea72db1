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
            addRows(table, v, this::forwardCells);
        }
        return "Forward, (12): an argument is a_m = x_j, or θ_p r of its edge's tail; then r = g(a).%n%n%s%nJ = r(%s) = %s%n"
                .formatted(
                        table,
                        network().describe(network().objective().orElseThrow()),
                        TextTable.number(explain.objective()));
    }

    private interface Cells {
        /// One line of a node: its argument and its component of that number, as far as it has them.
        List<String> of(int v, int row);
    }

    private void addRows(TextTable table, int v, Cells cells) {
        Node node = network().nodes().get(v);
        for (int row = 0; row < Math.max(node.arguments().size(), node.components()); row++) {
            int line = row;
            table.add(() -> cells.of(v, line));
        }
    }

    private List<String> forwardCells(int v, int row) {
        Node node = network().nodes().get(v);
        List<String> cells = new ArrayList<>();
        cells.add(row == 0 ? node.name() : "");
        cells.add(row == 0 ? node.activation().text() : "");
        boolean argument = row < node.arguments().size();
        cells.add(argument ? "" + row : "");
        cells.add(argument ? formula(node.arguments().get(row)) : "");
        cells.add(argument ? TextTable.number(explain.a(v, row)) : "");
        if (row < node.components()) {
            cells.add("" + row);
            cells.add(TextTable.number(explain.r(new Output(v, row))));
        }
        return cells;
    }

    private String backward() {
        TextTable table =
                new TextTable(lines, "node", ">i", ">δ_i", ">m", ">γ_m", "edge from", "G", ">+= γ r", "δ", ">+= γ θ");
        for (int w = network().nodes().size() - 1; w >= 0; w--) {
            addRows(table, w, this::backwardCells);
        }
        return """
                Backward, (13), in reverse order: δ = 1 at J, else the sum of what the edges add; γ_m = Σ_i ∂g_i/∂a_m δ_i;
                an edge from u with parameter p adds γ_m r^u to G_p and γ_m θ_p to δ^u.

                %s""".formatted(table);
    }

    private List<String> backwardCells(int w, int row) {
        Node node = network().nodes().get(w);
        List<String> cells = new ArrayList<>();
        cells.add(row == 0 ? node.name() : "");
        boolean component = row < node.components();
        cells.add(component ? "" + row : "");
        cells.add(component ? TextTable.number(explain.delta(new Output(w, row))) : "");
        if (row < node.arguments().size()) {
            cells.add("" + row);
            cells.add(TextTable.number(explain.gamma(w, row)));
            cells.addAll(contribution(node.arguments().get(row), explain.gamma(w, row)));
        }
        return cells;
    }

    private List<String> contribution(Source source, double gamma) {
        return switch (source) {
            case Source.Input(int j) -> List.of("– " + network().inputs().get(j));
            case Source.Target(int j) -> List.of("– " + network().targets().get(j));
            case Source.Edge(Output tail, Weight weight) -> {
                String u = network().describe(tail);
                String tailGets = TextTable.number(gamma * explain.weight(weight));
                yield switch (weight) {
                    case Weight.Parameter(int p) ->
                        List.of(
                                u,
                                "G(" + network().parameters().get(p) + ")",
                                TextTable.number(gamma * explain.r(tail)),
                                "δ(" + u + ")",
                                tailGets);
                    case Weight.Fixed ignored -> List.of(u, "", "", "δ(" + u + ")", tailGets);
                };
            }
        };
    }

    /// An edge as the argument that it feeds.
    private record Place(int head, int argument, Output tail) {}

    private String parameters() {
        int count = network().parameters().size();
        List<List<Place>> edges = new ArrayList<>();
        for (int p = 0; p < count; p++) {
            edges.add(new ArrayList<>());
        }
        for (int w = network().nodes().size() - 1; w >= 0; w--) {
            List<Source> arguments = network().nodes().get(w).arguments();
            for (int m = 0; m < arguments.size(); m++) {
                if (arguments.get(m) instanceof Source.Edge edge && edge.weight() instanceof Weight.Parameter(int p)) {
                    edges.get(p).add(new Place(w, m, edge.tail()));
                }
            }
        }
        TextTable table = new TextTable(lines, "parameter", ">θ_p", "edge", ">γ r", ">∂J/∂θ_p");
        for (int p = 0; p < count; p++) {
            List<Place> carried = edges.get(p);
            for (int e = 0; e < carried.size(); e++) {
                int parameter = p;
                int line = e;
                table.add(() -> parameterCells(parameter, carried, line));
            }
        }
        return "Gradient: ∂J/∂θ_p = G_p, the sum over the edges that carry θ_p.%n%n%s".formatted(table);
    }

    private List<String> parameterCells(int p, List<Place> edges, int e) {
        Place at = edges.get(e);
        Node head = network().nodes().get(at.head());
        return List.of(
                e == 0 ? network().parameters().get(p) : "",
                e == 0 ? TextTable.number(explain.theta(p)) : "",
                network().describe(at.tail()) + " → " + head.name() + ", argument " + at.argument(),
                TextTable.number(explain.gamma(at.head(), at.argument()) * explain.r(at.tail())),
                e == edges.size() - 1 ? TextTable.number(explain.gradient(p)) : "");
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
