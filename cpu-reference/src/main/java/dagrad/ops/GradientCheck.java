package dagrad.ops;

import dagrad.gradient.Gradients;
import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.reference.GraphInterpreter;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;

/// Lecture (3) as a check of gradients: for outputs f, weights ȳ and a direction v, the slope of t ↦ ⟨ȳ, f(x + t v)⟩
/// at 0 must be ⟨x̄, v⟩, where x̄ is the gradient that the graph computes. The slope is taken by differences in
/// float64; nothing of the reverse pass is used for it.
///
/// It cannot see what lies at a kink: keep x away from them by more than 2 [#STEP] |v|.
///
/// @param forward what is differentiated
/// @param inputs its inputs by label
/// @param seeds ȳ by output; an output without one does not count
public record GradientCheck(Graph forward, Map<String, HostTensor> inputs, Map<String, HostTensor> seeds) {
    /// h of the fourth-order difference (8 (φ(h) - φ(-h)) - (φ(2h) - φ(-2h))) / 12h, whose error is h⁴ φ⁽⁵⁾ / 30.
    public static final double STEP = 1e-3;
    /// Of the size of the terms of ⟨x̄, v⟩: what the difference formula leaves.
    private static final double TRUNCATION = 1e-8;
    /// Of the size of the terms of ⟨ȳ, f⟩, and of 1 for terms that have cancelled out within f: the rounding of φ, 2^-53,
    /// divided by h, for sums of some hundred terms.
    private static final double ROUNDING = 1e-11;

    /// The two sides of (3).
    ///
    /// @param allowed how far they may be apart
    public record Outcome(double analytic, double numeric, double allowed) {
        /// NaN agrees with nothing.
        public boolean agrees() {
            return Math.abs(analytic - numeric) <= allowed;
        }

        @Override
        public String toString() {
            return "gradient along the direction %.12g, difference quotient %.12g, apart %.3g, allowed %.3g"
                    .formatted(analytic, numeric, Math.abs(analytic - numeric), allowed);
        }
    }

    /// With random weights for the named outputs (all floating ones, if none is named).
    public static GradientCheck random(Graph forward, Map<String, HostTensor> inputs, long seed, String... outputs) {
        Random random = new Random(seed);
        Map<String, HostTensor> seeds = new LinkedHashMap<>();
        forward.outputs().forEach((name, value) -> {
            TensorSpec spec = forward.spec(value);
            boolean wanted = outputs.length == 0 || List.of(outputs).contains(name);
            if (wanted && spec.dtype().isFloating()) {
                seeds.put(name, randomTensor(spec, random));
            }
        });
        return new GradientCheck(forward, inputs, seeds);
    }

    /// A graph with its gradients: for each output named, an input `seed/NAME` is the gradient that arrives there,
    /// and for each floating input LABEL the output `gradient/LABEL` is what arrives at it.
    public static Graph withGradients(Graph forward, Collection<String> seeded) {
        return Graph.build(g -> {
            Function<Value, Value> here = g.inline(forward, Map.of());
            forward.outputs().forEach((name, value) -> g.output(name, here.apply(value)));
            Map<Value, Value> seeds = new LinkedHashMap<>();
            for (String name : seeded) {
                Value y = here.apply(forward.output(name));
                seeds.merge(y, g.input("seed/" + name, g.spec(y)), g::add);
            }
            Map<String, Value> wrt = floatingInputs(forward);
            Map<Value, Value> gradients =
                    Gradients.of(g, seeds, wrt.values().stream().map(here).toList());
            wrt.forEach((label, x) -> g.output("gradient/" + label, gradients.get(here.apply(x))));
        });
    }

    private static Map<String, Value> floatingInputs(Graph graph) {
        Map<String, Value> result = new LinkedHashMap<>(graph.inputs());
        result.values().removeIf(x -> !graph.spec(x).dtype().isFloating());
        return result;
    }

    /// x̄ by input label, as the reverse pass gives it.
    public Map<String, HostTensor> gradients() {
        Map<String, HostTensor> given = new LinkedHashMap<>(inputs);
        seeds.forEach((name, seed) -> given.put("seed/" + name, seed));
        Graph joint = withGradients(forward, seeds.keySet());
        Map<String, HostTensor> outputs =
                GraphInterpreter.exact().evaluate(joint, given).outputs();
        Map<String, HostTensor> result = new LinkedHashMap<>();
        floatingInputs(forward).keySet().forEach(label -> result.put(label, outputs.get("gradient/" + label)));
        return result;
    }

    /// A direction: random in some floating inputs (all, if none is named), zero in the others.
    public Map<String, HostTensor> randomDirection(long seed, String... labels) {
        Random random = new Random(seed);
        Map<String, HostTensor> result = new LinkedHashMap<>();
        floatingInputs(forward).forEach((label, x) -> {
            if (labels.length == 0 || List.of(labels).contains(label)) {
                result.put(label, randomTensor(forward.spec(x), random));
            }
        });
        return result;
    }

    /// f64, with sizes in 1/4..1 and either sign: no element goes unnoticed.
    private static HostTensor randomTensor(TensorSpec spec, Random random) {
        double[] values = new double[Math.toIntExact(spec.shape().size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextDouble(0.25, 1) * (random.nextBoolean() ? 1 : -1);
        }
        return HostTensor.of(values, spec.shape().toArray());
    }

    /// Compares a gradient with the difference quotient.
    ///
    /// @param gradients by input label, of which the direction's are used
    /// @param direction v by input label; other inputs stay
    public Outcome compare(Map<String, HostTensor> gradients, Map<String, HostTensor> direction) {
        List<Double> terms = new ArrayList<>();
        direction.forEach((label, v) -> addProducts(gradients.get(label), v, terms));
        double near = along(direction, STEP) - along(direction, -STEP);
        double far = along(direction, 2 * STEP) - along(direction, -2 * STEP);
        double allowed = TRUNCATION * size(terms) + ROUNDING * (1 + size(weighted(inputs)));
        return new Outcome(sum(terms), (8 * near - far) / (12 * STEP), allowed);
    }

    /// φ(t) = ⟨ȳ, f(x + t v)⟩
    private double along(Map<String, HostTensor> direction, double t) {
        Map<String, HostTensor> moved = new LinkedHashMap<>(inputs);
        direction.forEach((label, v) -> {
            HostTensor x = inputs.get(label);
            double[] values = x.doubles();
            for (int i = 0; i < values.length; i++) {
                values[i] += t * v.get(i);
            }
            moved.put(label, HostTensor.of(values, x.shape().toArray()));
        });
        return sum(weighted(moved));
    }

    /// The terms of ⟨ȳ, f(x)⟩.
    private List<Double> weighted(Map<String, HostTensor> x) {
        Map<String, HostTensor> y =
                GraphInterpreter.exact().evaluate(forward, x).outputs();
        List<Double> terms = new ArrayList<>();
        seeds.forEach((name, seed) -> addProducts(y.get(name), seed, terms));
        return terms;
    }

    private static void addProducts(HostTensor a, HostTensor b, List<Double> terms) {
        for (long i = 0; i < a.size(); i++) {
            terms.add(a.get(i) * b.get(i));
        }
    }

    private static double sum(List<Double> terms) {
        return terms.stream().mapToDouble(t -> t).sum();
    }

    private static double size(List<Double> terms) {
        return terms.stream().mapToDouble(Math::abs).sum();
    }
}
