package dagrad.graph;

import dagrad.tensor.TensorSpec;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// What is to be computed: nodes in topological order (every operand belongs to an earlier node), named outputs, and
/// updates, by which state changes purely: after a run, the input on the left holds the value on the right. All
/// updates take effect together, after everything has been read.
public record Graph(List<Node> nodes, Map<String, Value> outputs, Map<Value, Value> updates) {
    public Graph {
        nodes = List.copyOf(nodes);
        outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
        updates = Collections.unmodifiableMap(new LinkedHashMap<>(updates));
    }

    /// Builds a graph: `Graph.build(g -> g.output("y", g.exp(g.input("x", f32(3)))))`.
    ///
    /// @throws GraphException if something does not fit; the message says what and where
    public static Graph build(Consumer<GraphBuilder> body) {
        GraphBuilder builder = new GraphBuilder();
        body.accept(builder);
        return builder.finish();
    }

    /// Builds a graph on behalf of a node: all of its nodes get that origin, unless they bring one.
    public static Graph build(Origin origin, Consumer<GraphBuilder> body) {
        return build(g -> g.at(origin, () -> {
            body.accept(g);
            return g;
        }));
    }

    public Node node(Value value) {
        return nodes.get(value.node());
    }

    public TensorSpec spec(Value value) {
        return nodes.get(value.node()).outputs().get(value.output());
    }

    /// The output of that name.
    ///
    /// @throws GraphException if there is none
    public Value output(String name) {
        Value value = outputs.get(name);
        if (value == null) {
            throw new GraphException("the graph has no output \"" + name + "\"; it has " + outputs.keySet());
        }
        return value;
    }

    /// The inputs of those kinds (of all kinds if none is given), by label, in the order they were declared.
    public Map<String, Value> inputs(Input.Kind... kinds) {
        Map<String, Value> result = new LinkedHashMap<>();
        for (Node node : nodes) {
            if (node.op() instanceof Input(String label, Input.Kind kind, var _)
                    && (kinds.length == 0 || List.of(kinds).contains(kind))) {
                result.put(label, node.out(0));
            }
        }
        return result;
    }

    /// Checks all that a graph must be: topological order, the specs that the operations infer, inputs named once,
    /// updates of inputs by values of their spec.
    ///
    /// @return this
    /// @throws GraphException naming the first node that is not as it must be
    public Graph verify() {
        Map<String, Node> labels = new LinkedHashMap<>();
        for (int i = 0; i < nodes.size(); i++) {
            Node node = nodes.get(i);
            int position = i;
            require(node.id() == i, () -> "node at position " + position + " has the number " + node.id());
            List<TensorSpec> operands = new ArrayList<>();
            for (Value input : node.inputs()) {
                require(
                        input.node() >= 0 && input.node() < i && exists(input),
                        () -> "operand " + input + " of " + line(node) + " is no result of an earlier node");
                operands.add(spec(input));
            }
            require(
                    node.op().results(operands).equals(node.outputs()),
                    () -> line(node) + " declares results that its operation does not give");
            if (node.op() instanceof Input(String label, var _, var _)) {
                require(labels.putIfAbsent(label, node) == null, () -> "two inputs are named \"" + label + "\"");
            }
        }
        outputs.forEach((name, value) -> require(exists(value), () -> "output \"" + name + "\" is no value: " + value));
        updates.forEach((state, value) -> {
            require(exists(state) && exists(value), () -> "update of " + state + " by " + value + ": no such value");
            require(node(state).op() instanceof Input, () -> "update of " + line(node(state)) + ", which is no input");
            require(spec(state).equals(spec(value)), () -> "update of " + spec(state) + " by " + spec(value));
        });
        return this;
    }

    private boolean exists(Value v) {
        return v.node() >= 0
                && v.node() < nodes.size()
                && v.output() >= 0
                && v.output() < nodes.get(v.node()).outputs().size();
    }

    private static void require(boolean condition, Supplier<String> message) {
        if (!condition) {
            throw new GraphException(message.get());
        }
    }

    /// SHA-256 of the text: equal for graphs that compute the same in the same way, whatever line they were built at.
    public String fingerprint() {
        StringBuilder text = new StringBuilder();
        nodes.forEach(n -> text.append(statement(n)).append('\n'));
        text.append(outputs).append(updates);
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(text.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /// One node as text with its origin: `%2 = matmul(%0, %1) : f32[8,32]  # gpt/head (CharGpt.java:41)`.
    public String line(Node node) {
        String origin = node.origin().toString();
        return statement(node) + (origin.isEmpty() ? "" : "  # " + origin);
    }

    private static String statement(Node node) {
        String operands = node.inputs().stream().map(Value::toString).collect(Collectors.joining(", "));
        String results = node.outputs().stream().map(TensorSpec::toString).collect(Collectors.joining(", "));
        return "%" + node.id() + " = " + node.op().name() + "(" + operands + ")" + attributes(node.op()) + " : "
                + results;
    }

    /// The attributes as the record prints them: `{axes=[1]}`.
    private static String attributes(Op op) {
        if (op instanceof Pointwise || op.equals(new MatMul())) {
            return "";
        }
        String text = op.toString();
        String inner = text.substring(text.indexOf('[') + 1, text.length() - 1);
        return inner.isEmpty() ? "" : " {" + inner + "}";
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("graph {\n");
        nodes.forEach(n -> text.append("  ").append(line(n)).append('\n'));
        outputs.forEach((name, v) ->
                text.append("  output ").append(name).append(" = ").append(v).append('\n'));
        updates.forEach((state, v) ->
                text.append("  update ").append(state).append(" <- ").append(v).append('\n'));
        return text.append("}\n").toString();
    }
}
