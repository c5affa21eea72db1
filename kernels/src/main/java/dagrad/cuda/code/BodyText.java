package dagrad.cuda.code;

import dagrad.graph.Cast;
import dagrad.graph.Constant;
import dagrad.graph.Graph;
import dagrad.graph.Node;
import dagrad.graph.Op;
import dagrad.graph.Pointwise;
import dagrad.graph.ScalarFn;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The statements that compute elements of a body's values: one `const` a node.
final class BodyText {
    private final Graph body;
    private final String prefix;
    private final Set<Value> needed = new HashSet<>();
    private final Map<Value, String> names = new HashMap<>();

    /// @param wanted the values that are to be had in the end
    BodyText(Graph body, List<Value> wanted) {
        this(body, wanted, "v");
    }

    /// @param prefix of declared names, which are followed by a number
    BodyText(Graph body, List<Value> wanted, String prefix) {
        this.body = body;
        this.prefix = prefix;
        needed.addAll(wanted);
        for (Node node : body.nodes().reversed()) {
            if (needed.contains(node.out(0))) {
                needed.addAll(node.inputs());
            }
        }
    }

    boolean needs(Node node) {
        return needed.contains(node.out(0));
    }

    /// Says by what text a value is had.
    void name(Value value, String text) {
        names.put(value, text);
    }

    String name(Value value) {
        return names.get(value);
    }

    /// Declares the needed values that have no name yet, as far as they are elementwise in what has one.
    void compute(Text text) {
        for (Node node : body.nodes()) {
            Value value = node.out(0);
            if (needs(node) && !names.containsKey(value) && names.keySet().containsAll(node.inputs())) {
                switch (node.op()) {
                    case Constant c -> name(value, ScalarCode.literal(type(value), c));
                    case Pointwise(ScalarFn fn) -> declare(text, value, apply(fn, node));
                    case Cast(DType to) -> {
                        Value from = node.inputs().getFirst();
                        declare(text, value, ScalarCode.cast(type(from), to, name(from)));
                    }
                    case Op _ -> {}
                }
            }
        }
    }

    private String apply(ScalarFn fn, Node node) {
        List<String> in = node.inputs().stream().map(names::get).toList();
        return ScalarCode.apply(
                fn,
                type(node.out(0)),
                in.get(0),
                in.get(Math.min(1, in.size() - 1)),
                in.get(Math.min(2, in.size() - 1)));
    }

    private void declare(Text text, Value value, String expression) {
        String name = prefix + value.node();
        text.line("const " + ScalarCode.computed(type(value)) + " " + name + " = " + expression + ";");
        names.put(value, name);
    }

    private DType type(Value value) {
        return body.spec(value).dtype();
    }
}
