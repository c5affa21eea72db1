package dagrad.reference.report;

import dagrad.io.Json;
import dagrad.reference.Direction;
import dagrad.reference.ModelCheck;
import dagrad.reference.NodeCheck;
import dagrad.reference.WrongRule;
import dagrad.tensor.TensorSpec;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A [CheckReport] as JSON; docs/checking.md describes the fields. Numbers that are not finite are the strings `NaN`,
/// `Infinity` and `-Infinity`.
public final class CheckJson {
    private static final JsonMapper MAPPER = Json.mapper();

    private CheckJson() {}

    /// Indented, with a line break at its end.
    public static String of(CheckReport report) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("format", "dagrad-check");
        root.put("version", 1);
        root.put("model", report.model());
        root.put("device", report.device());
        root.put("precision", report.precision());
        root.put("seed", report.seed());
        root.put("agrees", report.agrees());
        report.firstWrong().ifPresent(row -> root.set("first_wrong", node(row)));
        report.rule().ifPresent(rule -> root.set("wrong_rule", rule(rule)));
        root.set("slopes", rows(report.comparisons().slopes()));
        root.set("results", rows(report.comparisons().device()));
        ArrayNode parameters = root.putArray("parameters");
        report.parameters().forEach(parameter -> parameters.add(parameter(parameter)));
        ArrayNode nodes = root.putArray("nodes");
        report.nodes().forEach(row -> nodes.add(node(row)));
        ArrayNode directions = root.putArray("directions");
        report.directions().forEach(direction -> directions.add(direction(direction)));
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
    }

    private static ObjectNode rule(WrongRule rule) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("value", rule.value());
        node.put("expected", rule.expected());
        node.put("found", rule.found());
        ArrayNode readers = node.putArray("readers");
        rule.readers().forEach(readers::add);
        return node;
    }

    private static ArrayNode rows(List<ModelCheck.Row> rows) {
        ArrayNode array = MAPPER.createArrayNode();
        for (ModelCheck.Row row : rows) {
            array.addObject()
                    .put("what", row.what())
                    .put("expected", row.expected())
                    .put("found", row.found())
                    .put("error", row.error())
                    .put("allowed", row.allowed())
                    .put("agrees", row.agrees());
        }
        return array;
    }

    private static ObjectNode parameter(CheckReport.Parameter parameter) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("name", parameter.name());
        spec(node, parameter.spec());
        node.put("norm", parameter.row().expected());
        node.put("error", parameter.row().error());
        node.put("relative_error", parameter.relativeError());
        node.put("allowed", parameter.row().allowed());
        node.put("ratio", parameter.ratio());
        node.put("agrees", parameter.row().agrees());
        return node;
    }

    private static void spec(ObjectNode node, TensorSpec spec) {
        node.put("dtype", spec.dtype().text());
        ArrayNode shape = node.putArray("shape");
        spec.shape().dims().forEach(shape::add);
    }

    private static ObjectNode node(NodeCheck.Row row) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("value", row.value().toString());
        node.put("line", row.line());
        spec(node, row.spec());
        node.put("pass", row.isGradient() ? "gradients" : "loss");
        node.put("element", row.index());
        node.put("expected", row.expected());
        node.put("found", row.found());
        node.put("error", row.error());
        node.put("bound", row.bound());
        node.put("ratio", row.ratio());
        node.put("agrees", row.agrees());
        node.put("why", row.why());
        node.put("unbounded", row.unbounded());
        ArrayNode together = node.putArray("together");
        row.together().forEach(together::add);
        ArrayNode operands = node.putArray("operands");
        row.operands().forEach((value, range) -> {
            ObjectNode operand = operands.addObject();
            operand.put("value", value);
            spec(operand, range.spec());
            operand.put("least", range.least());
            operand.put("most", range.most());
            operand.put("nans", range.nans());
            operand.put("infinities", range.infinities());
        });
        return node;
    }

    private static ObjectNode direction(Direction direction) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("name", direction.name());
        node.put("slope", direction.slope());
        node.put("loss", direction.loss());
        ArrayNode curve = node.putArray("curve");
        direction.curve().forEach(p -> curve.addObject().put("t", p.t()).put("loss", p.loss()));
        ArrayNode quotients = node.putArray("quotients");
        direction
                .quotients()
                .forEach(q -> quotients
                        .addObject()
                        .put("h", q.h())
                        .put("slope", q.slope())
                        .put("error", q.error()));
        return node;
    }
}
