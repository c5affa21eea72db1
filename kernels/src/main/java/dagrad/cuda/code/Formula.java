package dagrad.cuda.code;

import dagrad.graph.Broadcast;
import dagrad.graph.Cast;
import dagrad.graph.Constant;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Iota;
import dagrad.graph.Node;
import dagrad.graph.Op;
import dagrad.graph.Pointwise;
import dagrad.graph.Reduce;
import dagrad.graph.ScalarFn;
import dagrad.graph.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// A launch's body in plain form, for the comment that its kernel opens with: `out0 = tanh(in0 * 0.5) + in1`. Values
/// used more than once get a line of their own.
final class Formula {
    private final Map<Value, Integer> uses = new HashMap<>();
    private final Map<Value, String> texts = new HashMap<>();
    private final List<String> lines = new ArrayList<>();

    private Formula(Graph body) {
        body.nodes().forEach(node -> node.inputs().forEach(in -> uses.merge(in, 1, Integer::sum)));
    }

    static List<String> of(Graph body) {
        Formula formula = new Formula(body);
        body.nodes().forEach(formula::add);
        body.outputs().forEach((name, value) -> formula.lines.add(name + " = " + formula.texts.get(value)));
        return formula.lines;
    }

    /// What the body does in a few words: the names of its last operations, for the kernel's name.
    static String name(Graph body) {
        Set<String> names = new LinkedHashSet<>();
        for (Node node : body.nodes()) {
            switch (node.op()) {
                case Pointwise _ -> names.add(node.op().name());
                case Op _ -> {}
            }
        }
        if (names.isEmpty()) {
            return body.nodes().stream().anyMatch(n -> n.op() instanceof Input) ? "copy" : "fill";
        }
        List<String> all = List.copyOf(names);
        return String.join("_", all.subList(Math.max(0, all.size() - 3), all.size()));
    }

    private void add(Node node) {
        Value value = node.out(0);
        String text = text(node);
        if (uses.getOrDefault(value, 0) > 1 && text.contains("(") || text.length() > 60) {
            lines.add("t" + node.id() + " = " + text);
            text = "t" + node.id();
        }
        texts.put(value, text);
    }

    private String text(Node node) {
        List<String> in = node.inputs().stream().map(texts::get).toList();
        return switch (node.op()) {
            case Input input -> input.label();
            case Constant c when c.isFill() -> String.valueOf(c.fill());
            case Iota(var _, int axis) -> "index(" + axis + ")";
            case Cast(var to) -> to.text() + "(" + in.getFirst() + ")";
            case Pointwise(ScalarFn fn) -> text(fn, in);
            case Broadcast _ -> in.getFirst();
            case Reduce(var _, List<Integer> axes) -> node.op().name() + axes + "(" + in.getFirst() + ")";
            case Op op -> op.name() + in.stream().collect(Collectors.joining(", ", "(", ")"));
        };
    }

    private static String text(ScalarFn fn, List<String> in) {
        return switch (fn) {
            case NEG -> "-" + in.getFirst();
            case ADD -> infix(in, " + ");
            case SUB -> infix(in, " - ");
            case MUL -> infix(in, " * ");
            case DIV -> infix(in, " / ");
            case EQ -> infix(in, " == ");
            case NE -> infix(in, " != ");
            case LT -> infix(in, " < ");
            case LE -> infix(in, " <= ");
            case SELECT -> "(" + in.get(0) + " ? " + in.get(1) + " : " + in.get(2) + ")";
            case ABS, SIGN, EXP, EXPM1, LOG, LOG1P, SQRT, RSQRT, TANH, SIGMOID, ERF, SIN, COS, FLOOR, RELU ->
                fn.text() + "(" + in.getFirst() + ")";
            case STOP_GRADIENT -> in.getFirst();
            case POW, MAX, MIN, MOD, CLIP -> fn.text() + "(" + String.join(", ", in) + ")";
        };
    }

    private static String infix(List<String> in, String operator) {
        return "(" + in.get(0) + operator + in.get(1) + ")";
    }
}
