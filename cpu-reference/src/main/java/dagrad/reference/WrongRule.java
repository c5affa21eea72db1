package dagrad.reference;

import dagrad.gradient.Gradients;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Node;
import dagrad.graph.Value;
import dagrad.tensor.HostTensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;

/// Where the reverse pass goes wrong, if slopes disagree: walking back from the loss, the first value whose gradient is not
/// the slope of the loss in it. The gradients of all that is computed from it are right, so one of the rules that lead to it
/// is wrong, or stops the gradient on purpose.
///
/// @param value whose gradient is wrong, as text with its source line
/// @param readers the nodes that compute with it
/// @param expected the slope along a random direction, by a difference quotient
/// @param found the same by the reverse pass
public record WrongRule(String value, List<String> readers, double expected, double found) {
    /// As in [ModelCheck].
    private static final double STEP = 1e-5;

    /// The input that stands for the value.
    private static final String GIVEN = "value of the path";

    private static final double TOLERANCE = 1e-6;

    public WrongRule {
        readers = List.copyOf(readers);
    }

    /// @param loss a graph with a scalar output `loss`
    /// @param inputs for all of its inputs
    /// @return empty if the gradients of all values are right
    public static Optional<WrongRule> of(Graph loss, Map<String, HostTensor> inputs, long seed) {
        List<Value> path = path(loss);
        Map<Value, HostTensor> values = GraphInterpreter.exact().evaluateAll(loss, inputs);
        Map<String, HostTensor> gradients = GraphInterpreter.exact()
                .evaluate(withGradients(loss, path), inputs)
                .outputs();
        Random random = new Random(seed);
        for (Value value : path.reversed()) {
            double[] u = random.doubles(values.get(value).size(), -1, 1).toArray();
            double[] gradient = gradients.get(value.toString()).doubles();
            double length = norm(u);
            double found = 0;
            for (int i = 0; i < u.length; i++) {
                u[i] /= length;
                found += gradient[i] * u[i];
            }
            Line line = new Line(after(loss, value), inputs, values.get(value), u);
            double expected = line.slope();
            double rounding = 0x1p-50 * Math.abs(line.at(0)) / STEP;
            if (!(Math.abs(expected - found) <= TOLERANCE * (norm(gradient) + Math.abs(expected)) + rounding)) {
                return Optional.of(new WrongRule(loss.line(loss.node(value)), readers(loss, value), expected, found));
            }
        }
        return Optional.empty();
    }

    /// Floating values that are computed or parameters, and that the loss depends on.
    private static List<Value> path(Graph loss) {
        Set<Integer> before = NodeCheck.before(loss, List.of(loss.output("loss")));
        List<Value> path = new ArrayList<>();
        for (Node node : loss.nodes()) {
            boolean isVariable = node.op() instanceof Input(var _, Input.Kind kind, var _)
                    ? kind == Input.Kind.PARAMETER
                    : !node.inputs().isEmpty();
            for (int i = 0; i < node.outputs().size(); i++) {
                if (before.contains(node.id())
                        && isVariable
                        && node.outputs().get(i).dtype().isFloating()
                        && node.outputs().get(i).shape().size() > 0) {
                    path.add(node.out(i));
                }
            }
        }
        return path;
    }

    private static Graph withGradients(Graph loss, List<Value> path) {
        return Graph.build(g -> {
            Function<Value, Value> here = g.inline(loss, Map.of());
            Map<Value, Value> gradients = Gradients.of(
                    g,
                    here.apply(loss.output("loss")),
                    path.stream().map(here).distinct().toList());
            path.forEach(value -> g.output(value.toString(), gradients.get(here.apply(value))));
        });
    }

    /// The loss with that value given instead of computed.
    private static Graph after(Graph loss, Value value) {
        return Graph.build(g -> {
            Map<Value, Value> here = new HashMap<>();
            for (Node node : loss.nodes()) {
                List<Value> operands = node.inputs().stream().map(here::get).toList();
                List<Value> results = node.op() instanceof Input input
                        ? List.of(g.declare(input))
                        : g.emit(node.op(), operands, node::origin);
                for (int i = 0; i < results.size(); i++) {
                    here.put(node.out(i), results.get(i));
                }
                if (node.id() == value.node()) {
                    here.put(value, g.input(GIVEN, loss.spec(value)));
                }
            }
            g.output("loss", here.get(loss.output("loss")));
        });
    }

    private static List<String> readers(Graph loss, Value value) {
        return loss.nodes().stream()
                .filter(node -> node.inputs().contains(value))
                .map(loss::line)
                .toList();
    }

    private static double norm(double[] x) {
        double sum = 0;
        for (double v : x) {
            sum += v * v;
        }
        return Math.sqrt(sum);
    }

    private record Line(Graph after, Map<String, HostTensor> inputs, HostTensor value, double[] u) {
        double at(double t) {
            double[] moved = value.doubles();
            for (int i = 0; i < moved.length; i++) {
                moved[i] += t * u[i];
            }
            Map<String, HostTensor> all = new LinkedHashMap<>(inputs);
            all.put(GIVEN, HostTensor.of(moved, value.shape().toArray()));
            return GraphInterpreter.exact().evaluate(after, all).output("loss").scalar();
        }

        double slope() {
            double near = at(STEP) - at(-STEP);
            double far = at(2 * STEP) - at(-2 * STEP);
            return (8 * near - far) / (12 * STEP);
        }
    }

    /// Several lines for people.
    public String toText() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "the reverse pass goes wrong at%n  %s%n    whose slope is %.9g by a difference quotient and %.9g by its"
                        + " gradient; it is used by%n",
                value,
                expected,
                found));
        readers.forEach(reader -> text.append("    ").append(reader).append('\n'));
        return text.toString();
    }
}
