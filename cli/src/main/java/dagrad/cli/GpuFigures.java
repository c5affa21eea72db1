package dagrad.cli;

import dagrad.io.Json;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What benchmarks measured on one GPU.
///
/// @param machine lines of a table of two columns: the card, versions, the date
record GpuFigures(Map<String, String> machine, boolean emulated, List<Row> rows) {
    /// A benchmark, and the lines of JSON that were printed for it.
    ///
    /// @param dagrad empty if it failed or did not fit
    /// @param torch by mode, as far as it was measured
    record Row(Agenda.Benchmark benchmark, Optional<JsonNode> dagrad, Map<Torch.Mode, JsonNode> torch) {
        Row {
            torch = Map.copyOf(torch.isEmpty() ? Map.of() : new EnumMap<>(torch));
        }
    }

    /// The table for people.
    List<String> toLines() {
        List<String> lines = new ArrayList<>();
        machine.forEach((name, value) -> lines.add(CudaLines.line(name, value)));
        if (emulated) {
            lines.add("emulated: times mean nothing");
        }
        lines.add("");
        lines.add(String.format(
                Locale.ROOT,
                "%-22s %12s %16s %-10s %14s %14s",
                "workload",
                "ms a step",
                "rate",
                "",
                "PyTorch eager",
                "compiled"));
        rows.forEach(row -> lines.add(line(row)));
        return lines;
    }

    private static String line(Row row) {
        return String.format(
                Locale.ROOT,
                "%-22s %12s %16s %-10s %14s %14s",
                row.benchmark(),
                number(row.dagrad(), "median_step_ms", "%.3f"),
                number(row.dagrad(), "items_per_s", "%,.1f"),
                row.dagrad().map(json -> json.path("unit").asString("")).orElse(""),
                number(Optional.ofNullable(row.torch().get(Torch.Mode.EAGER)), "items_per_s", "%,.1f"),
                number(Optional.ofNullable(row.torch().get(Torch.Mode.COMPILED)), "items_per_s", "%,.1f"));
    }

    private static String number(Optional<JsonNode> json, String field, String format) {
        return json.map(node ->
                        String.format(Locale.ROOT, format, node.path(field).asDouble()))
                .orElse("-");
    }

    /// The same for programs.
    ObjectNode toJson() {
        ObjectNode result = Json.mapper().createObjectNode();
        machine.forEach(result::put);
        result.put("emulated", emulated);
        ArrayNode array = result.putArray("benchmarks");
        for (Row row : rows) {
            ObjectNode node = array.addObject();
            node.put("workload", row.benchmark().workload());
            node.put("precision", row.benchmark().precision().text());
            node.put("options", String.join(" ", row.benchmark().options()));
            row.dagrad().ifPresent(json -> node.set("dagrad", json));
            row.torch().forEach((mode, json) -> node.set("torch_" + mode.text(), json));
        }
        return result;
    }
}
