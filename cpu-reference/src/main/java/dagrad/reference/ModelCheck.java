package dagrad.reference;

import dagrad.gradient.Gradients;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Value;
import dagrad.precision.Precision;
import dagrad.tensor.HostTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;

/// Are a model's gradients right? First the mathematics, in float64: along a direction u the slope of the loss must be
/// ∇L·u, lecture (3); once for each parameter along a random direction, and once along the gradient of all of them.
/// Then the device: its loss and gradients against the reference's.
public final class ModelCheck {
    /// How far along a unit direction the difference quotients reach: short, for kinks are seldom near, and long enough
    /// that the rounding of the loss, 2^-53 of it, leaves ten digits.
    private static final double STEP = 1e-5;
    /// Of ‖∇L‖, for the slope along the gradient.
    private static final double SLOPE_TOLERANCE = 1e-6;

    /// One comparison.
    ///
    /// @param what a parameter's name, or what is compared
    /// @param expected by difference quotients, or by the reference
    /// @param found by the reverse pass, or by the device
    /// @param error of what was found
    /// @param allowed the error up to which the two agree
    public record Row(String what, double expected, double found, double error, double allowed) {
        /// NaN agrees with nothing.
        public boolean agrees() {
            return error <= allowed;
        }
    }

    /// @param slopes the gradient against difference quotients
    /// @param device the device against the reference: the loss, then the norm of each gradient; empty without a device
    public record Report(List<Row> slopes, List<Row> device) {
        public boolean agrees() {
            return slopes.stream().allMatch(Row::agrees) && device.stream().allMatch(Row::agrees);
        }

        /// The tables, and whether all agree.
        public String toText() {
            return tables() + (agrees() ? "all agree\n" : "they DISAGREE\n");
        }

        /// Tables for people.
        public String tables() {
            StringBuilder text =
                    new StringBuilder("slopes of the loss, by difference quotients and by the gradient:\n");
            slopes.forEach(row -> text.append(line(row)));
            if (!device.isEmpty()) {
                text.append("loss and norms of gradients, by the reference and by the device:\n");
                device.forEach(row -> text.append(line(row)));
            }
            return text.toString();
        }

        private static String line(Row row) {
            return String.format(
                    java.util.Locale.ROOT,
                    "  %-32s %16.9g %16.9g   error %8.2e, allowed %8.2e  %s%n",
                    row.what(),
                    row.expected(),
                    row.found(),
                    row.error(),
                    row.allowed(),
                    row.agrees() ? "ok" : "WRONG");
        }
    }

    private final Graph loss;
    private final Precision precision;
    private final Graph joint;
    private final Map<String, HostTensor> inputs;
    private final Random random;

    private ModelCheck(Graph loss, Precision precision, Map<String, HostTensor> inputs, long seed) {
        this.loss = loss;
        this.precision = precision;
        this.joint = withGradients(precision.of(loss));
        this.inputs = inputs;
        this.random = new Random(seed);
    }

    /// Checks a graph with a scalar output `loss` and parameters.
    ///
    /// @param precision of what the device computes. The reference computes the same graph, in bf16 with the same
    ///     roundings, and the device may be as far from it as rounding can bring it; the slopes are the given graph's, for
    ///     precision is not to change what is computed
    /// @param inputs for all of its inputs
    /// @param device evaluates a graph and gives its outputs; without it only the mathematics is checked
    public static Report of(
            Graph loss,
            Precision precision,
            Map<String, HostTensor> inputs,
            long seed,
            Optional<Function<Graph, Map<String, HostTensor>>> device) {
        ModelCheck check = new ModelCheck(loss, precision, inputs, seed);
        Map<String, HostTensor> exact =
                GraphInterpreter.exact().evaluate(check.joint, inputs).outputs();
        return new Report(
                check.slopes(exact),
                device.map(d -> check.compare(d.apply(check.joint), seed)).orElse(List.of()));
    }

    /// The loss graph with an output `gradient/NAME` for each parameter, and without its updates.
    public static Graph withGradients(Graph loss) {
        return Graph.build(g -> {
            Function<Value, Value> here = g.inline(loss, Map.of());
            Value l = g.output("loss", here.apply(loss.output("loss")));
            Map<String, Value> parameters = loss.inputs(Input.Kind.PARAMETER);
            Map<Value, Value> gradients =
                    Gradients.of(g, l, parameters.values().stream().map(here).toList());
            parameters.forEach((name, p) -> g.output("gradient/" + name, gradients.get(here.apply(p))));
        });
    }

    // ---- lecture (3) ----------------------------------------------------------------------------------------------

    private List<Row> slopes(Map<String, HostTensor> values) {
        List<Row> rows = new ArrayList<>();
        Map<String, double[]> gradient = new LinkedHashMap<>();
        loss.inputs(Input.Kind.PARAMETER)
                .keySet()
                .forEach(name ->
                        gradient.put(name, values.get("gradient/" + name).doubles()));
        double norm = norm(gradient);
        rows.add(slope("along the gradient of all", gradient, scaled(gradient, 1 / norm), norm));
        gradient.forEach((name, g) -> {
            double[] direction = random.doubles(g.length, -1, 1).toArray();
            Map<String, double[]> u = scaled(Map.of(name, direction), 1 / norm(Map.of(name, direction)));
            rows.add(slope(name, gradient, u, norm(Map.of(name, g))));
        });
        return rows;
    }

    /// A fourth-order difference quotient along a unit direction against ∇L·u.
    private Row slope(String what, Map<String, double[]> gradient, Map<String, double[]> u, double size) {
        double found = 0;
        for (Map.Entry<String, double[]> part : u.entrySet()) {
            double[] g = gradient.get(part.getKey());
            for (int i = 0; i < g.length; i++) {
                found += g[i] * part.getValue()[i];
            }
        }
        double near = lossAt(u, STEP) - lossAt(u, -STEP);
        double far = lossAt(u, 2 * STEP) - lossAt(u, -2 * STEP);
        double expected = (8 * near - far) / (12 * STEP);
        double rounding = 0x1p-50 * Math.abs(lossAt(u, 0)) / STEP;
        return new Row(what, expected, found, Math.abs(expected - found), SLOPE_TOLERANCE * size + rounding);
    }

    private double lossAt(Map<String, double[]> u, double t) {
        return GraphInterpreter.exact()
                .evaluate(loss, moved(inputs, u, t))
                .output("loss")
                .scalar();
    }

    /// The inputs with θ + tu in the place of the parameters that u has.
    static Map<String, HostTensor> moved(Map<String, HostTensor> inputs, Map<String, double[]> u, double t) {
        Map<String, HostTensor> moved = new LinkedHashMap<>(inputs);
        u.forEach((name, direction) -> {
            double[] theta = inputs.get(name).doubles();
            for (int i = 0; i < theta.length; i++) {
                theta[i] += t * direction[i];
            }
            moved.put(name, HostTensor.of(theta, inputs.get(name).shape().toArray()));
        });
        return moved;
    }

    private static double norm(Map<String, double[]> parts) {
        double sum = 0;
        for (double[] part : parts.values()) {
            for (double x : part) {
                sum += x * x;
            }
        }
        return Math.sqrt(sum);
    }

    private static Map<String, double[]> scaled(Map<String, double[]> parts, double factor) {
        Map<String, double[]> result = new LinkedHashMap<>();
        parts.forEach((name, part) -> result.put(
                name, java.util.Arrays.stream(part).map(x -> x * factor).toArray()));
        return result;
    }

    // ---- the device -----------------------------------------------------------------------------------------------

    private static double[] apart(HostTensor a, HostTensor b) {
        double[] apart = a.doubles();
        double[] others = b.doubles();
        java.util.Arrays.setAll(apart, i -> apart[i] - others[i]);
        return apart;
    }

    /// The loss and, in norm, each gradient: against the reference that rounds where the graph says so, and as far from it
    /// as rounding can bring them.
    private List<Row> compare(Map<String, HostTensor> found, long seed) {
        Map<String, HostTensor> expected =
                GraphInterpreter.rounded().evaluate(joint, inputs).outputs();
        Map<String, Double> spread =
                Spread.of(joint, new Roundings(precision == Precision.TF32), inputs, expected, seed);
        List<Row> rows = new ArrayList<>();
        expected.forEach((name, tensor) -> {
            boolean scalar = name.equals("loss");
            rows.add(new Row(
                    scalar ? name : name.substring("gradient/".length()),
                    scalar ? tensor.scalar() : norm(Map.of("", tensor.doubles())),
                    scalar
                            ? found.get(name).scalar()
                            : norm(Map.of("", found.get(name).doubles())),
                    norm(Map.of("", apart(tensor, found.get(name)))),
                    Spread.FACTOR * spread.get(name)));
        });
        return rows;
    }
}
