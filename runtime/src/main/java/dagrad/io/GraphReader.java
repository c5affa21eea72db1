package dagrad.io;

import static dagrad.io.FormatException.quoted;

import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Node;
import dagrad.graph.Op;
import dagrad.graph.Origin;
import dagrad.graph.ShapeException;
import dagrad.graph.Value;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// Makes a graph of parsed JSON; one reader reads one graph.
final class GraphReader {
    private final String file;
    private final Map<String, Integer> ids = new HashMap<>();
    private final Map<String, Value> inputs = new HashMap<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<String> names = new ArrayList<>();

    /// @param file what messages call it
    GraphReader(String file) {
        this.file = file;
    }

    Graph read(JsonNode json) {
        Fields root = new Fields(file, json);
        header(root);
        JsonNode list = root.array("nodes");
        for (JsonNode node : list) {
            name(node);
        }
        for (JsonNode node : list) {
            node(new Fields(file + ": " + names.get(nodes.size()), node));
        }
        Map<String, Value> outputs = new LinkedHashMap<>();
        Fields given = new Fields(file + ": outputs", root.required("outputs"));
        for (String name : root.required("outputs").propertyNames()) {
            outputs.put(name, value(given, "output " + quoted(name), given.required(name)));
        }
        Map<Value, Value> updates = new LinkedHashMap<>();
        root.optional("updates").ifPresent(u -> updates(u, updates));
        root.noMore();
        return new Graph(nodes, outputs, updates);
    }

    private static void header(Fields root) {
        String format = root.text("format");
        if (!format.equals(GraphJson.FORMAT)) {
            throw root.error("\"format\" must be \"" + GraphJson.FORMAT + "\", not " + quoted(format));
        }
        int version = root.integer("version");
        if (version != GraphJson.VERSION) {
            throw root.error("it has version " + version + "; this program reads version " + GraphJson.VERSION);
        }
    }

    /// Takes a node's id (an input's name is one too), so that a reference to a later node can be told from one to
    /// none.
    private void name(JsonNode node) {
        int number = names.size();
        JsonNode id = node.has("id") ? node.get("id") : node.get("name");
        boolean named = id != null && id.isString();
        String name = "node " + number + (named ? " (" + quoted(id.stringValue()) + ")" : "");
        names.add(name);
        Integer before = named ? ids.putIfAbsent(id.stringValue(), number) : null;
        if (before != null) {
            throw new FormatException(file + ": nodes " + before + " and " + number + " are both called "
                    + quoted(id.stringValue()) + "; give one of them another id");
        }
    }

    private void node(Fields fields) {
        int number = nodes.size();
        String opName = fields.text("op");
        fields.text("id", "");
        Origin origin = new Origin(fields.text("scope", ""), file + " " + names.get(number));
        List<Value> operands = new ArrayList<>();
        fields.optional("in")
                .ifPresent(in -> fields.array("in", in)
                        .forEach(each -> operands.add(value(fields, "operand " + operands.size(), each))));
        Op op = OpReader.read(opName, fields, operands.size());
        fields.noMore();
        if (op instanceof Input input && inputs.putIfAbsent(input.label(), new Value(number, 0)) != null) {
            throw fields.error("a second input is named " + quoted(input.label()));
        }
        nodes.add(new Node(number, op, operands, results(fields, op, operands), origin));
    }

    private List<TensorSpec> results(Fields fields, Op op, List<Value> operands) {
        try {
            return op.results(operands.stream().map(this::spec).toList());
        } catch (ShapeException e) {
            String given = operands.stream()
                    .limit(8)
                    .map(v -> spec(v) + " from " + names.get(v.node()))
                    .collect(Collectors.joining(", "));
            throw fields.error(e.getMessage() + (given.isEmpty() ? "" : " — given " + given), e);
        }
    }

    private TensorSpec spec(Value value) {
        return nodes.get(value.node()).outputs().get(value.output());
    }

    /// A reference: a node by number or id, or `[node, output]`.
    ///
    /// @param what what refers, for messages
    private Value value(Fields fields, String what, JsonNode reference) {
        boolean pair = reference.isArray() && reference.size() == 2;
        int node = number(fields, what, pair ? reference.get(0) : reference);
        JsonNode output = pair ? reference.get(1) : null;
        if (output == null) {
            return new Value(node, 0);
        }
        int results = nodes.get(node).outputs().size();
        if (!output.isIntegralNumber()
                || !output.canConvertToInt()
                || output.intValue() < 0
                || output.intValue() >= results) {
            throw fields.error(what + " is result " + Fields.brief(output) + " of " + names.get(node) + ", which has "
                    + results + ", counted from 0");
        }
        return new Value(node, output.intValue());
    }

    private int number(Fields fields, String what, JsonNode reference) {
        Integer number;
        if (reference.isString()) {
            number = ids.get(reference.stringValue());
        } else if (reference.isIntegralNumber()) {
            number = reference.canConvertToInt() ? reference.intValue() : -1;
        } else {
            throw fields.error(
                    what + " must be a node's number, its id, or [node, output], not " + Fields.brief(reference));
        }
        if (number == null || number < 0 || number >= names.size()) {
            String hint = reference.isString() ? Nearest.hint(reference.stringValue(), ids.keySet()) : "";
            throw fields.error(what + " is node " + Fields.brief(reference) + ", but there is none"
                    + (hint.isEmpty() ? "; the nodes are numbered 0 to " + (names.size() - 1) : hint));
        }
        if (number >= nodes.size()) {
            throw fields.error(what + " is " + names.get(number) + ", "
                    + (number == nodes.size() ? "the node itself" : "which comes later")
                    + "; a node comes after its operands, and there are no cycles");
        }
        return number;
    }

    private void updates(JsonNode json, Map<Value, Value> updates) {
        Fields given = new Fields(file + ": updates", json);
        for (String name : json.propertyNames()) {
            Value state = inputs.get(name);
            if (state == null) {
                throw given.error(
                        "there is no input " + quoted(name) + " to update" + Nearest.hint(name, inputs.keySet()));
            }
            Value value = value(given, "the new value of " + quoted(name), given.required(name));
            if (!spec(state).equals(spec(value))) {
                throw given.error("the new value of " + quoted(name) + " is " + spec(value) + ", the input "
                        + spec(state) + "; cast or reshape it");
            }
            updates.put(state, value);
        }
    }
}
