package dagrad.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.graph.Composite;
import dagrad.graph.Graph;
import dagrad.graph.GraphException;
import dagrad.graph.Input;
import dagrad.graph.Node;
import dagrad.graph.Value;
import dagrad.reference.GraphInterpreter;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The matrix: every property of every row of [OpSamples]. One method is one property.
class OpMatrixTest {
    private static final List<DType> FLOATS = List.of(DType.F64, DType.F32, DType.BF16);

    static Stream<Sample> samples() {
        return OpSamples.samples();
    }

    /// Samples with something that varies, and a result that can vary with it.
    static Stream<Sample> differentiable() {
        return samples()
                .filter(sample -> !sample.extreme()
                        && sample.varying().length > 0
                        && !seedings(sample).isEmpty());
    }

    static Stream<Sample> small() {
        return differentiable()
                .filter(sample -> sample.operands().stream()
                                .mapToLong(operand -> operand.shape().size())
                                .sum()
                        < 500);
    }

    static Stream<Sample> composites() {
        return samples()
                .filter(sample -> !sample.extreme())
                .filter(sample ->
                        sample.op().filter(Composite.class::isInstance).isPresent());
    }

    static Stream<Sample> extremes() {
        return samples().filter(Sample::extreme);
    }

    static Stream<Sample> saving() {
        return differentiable().filter(sample -> sample.saves().isPresent());
    }

    static Stream<Row.Refusal> refusals() {
        return OpSamples.rows().stream().flatMap(row -> row.refusals().stream());
    }

    static Stream<Row.Recorded> recorded() {
        return OpSamples.rows().stream().flatMap(row -> row.recorded().stream());
    }

    // ---- what a row says ------------------------------------------------------------------------------------------

    /// What the operation infers is what comes out: the interpreter finds types and shapes by itself.
    @ParameterizedTest
    @MethodSource("samples")
    void types(Sample sample) {
        for (DType dtype : FLOATS) {
            Graph graph = sample.graph(dtype).verify();
            Map<Value, HostTensor> values = GraphInterpreter.rounded().evaluateAll(graph, sample.inputs(dtype));
            for (Node node : graph.nodes()) {
                for (int i = 0; i < node.outputs().size(); i++) {
                    assertThat(values.get(node.out(i)).spec())
                            .as(graph.line(node))
                            .isEqualTo(node.outputs().get(i));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void rejects(Row.Refusal refusal) {
        assertThatThrownBy(() -> Sample.graph(
                        refusal.operands().stream()
                                .map(operand -> operand.spec(DType.F32))
                                .toList(),
                        refusal.body()))
                .isInstanceOf(GraphException.class)
                .satisfies(
                        e -> assertThat(e.getMessage().split(" — |; at ", 2)[0]).isEqualTo(refusal.message()))
                .hasMessageContaining(".java:");
    }

    /// Lecture (3): the gradient along a random direction is the slope along it.
    @ParameterizedTest
    @MethodSource("differentiable")
    void gradient(Sample sample) {
        for (String[] seeded : seedings(sample)) {
            GradientCheck check = check(sample, seeded);
            GradientCheck.Outcome outcome = check.compare(check.gradients(), direction(check, sample));
            assertThat(outcome.agrees()).as("%s", outcome).isTrue();
        }
    }

    /// The gradient is itself a graph that has a gradient, and by the same rule. (A direction in which both sides
    /// vanish would prove nothing; it is in general that in which the seeds vary.)
    @ParameterizedTest
    @MethodSource("small")
    void gradientOfTheGradient(Sample sample) {
        GradientCheck first = check(sample, seedings(sample).getFirst());
        Graph joint = GradientCheck.withGradients(first.forward(), first.seeds().keySet());
        Map<String, Value> outputs = new LinkedHashMap<>();
        Map<String, HostTensor> inputs = new LinkedHashMap<>(first.inputs());
        List<String> varying = new ArrayList<>(List.of(sample.varying()));
        varying.forEach(label -> outputs.put("first/" + label, joint.output("gradient/" + label)));
        first.seeds().forEach((name, seed) -> {
            inputs.put("seed/" + name, seed);
            varying.add("seed/" + name);
        });
        GradientCheck second =
                GradientCheck.random(new Graph(joint.nodes(), outputs, Map.of()), inputs, sample.seed() + 2);
        GradientCheck.Outcome outcome = second.compare(
                second.gradients(), second.randomDirection(sample.seed() + 3, varying.toArray(String[]::new)));
        assertThat(outcome.agrees()).as("%s", outcome).isTrue();
    }

    /// A composite's gradient rule is the derivative of its expansion.
    @ParameterizedTest
    @MethodSource("composites")
    void composite(Sample sample) {
        Composite op = sample.op().map(Composite.class::cast).orElseThrow();
        Sample expanded =
                new Sample(sample.name(), sample.op(), op::expand, sample.operands(), sample.saves(), sample.extreme());
        for (String[] seeded : seedings(sample)) {
            Map<String, HostTensor> expected = check(expanded, seeded).gradients();
            check(sample, seeded)
                    .gradients()
                    .forEach((label, gradient) -> assertThat(
                                    Tolerance.SAME_IN_FLOAT64.mismatch(label, expected.get(label), gradient))
                            .isEmpty());
        }
    }

    /// The numbers of another framework, in float64.
    @ParameterizedTest
    @MethodSource("recorded")
    void golden(Row.Recorded recorded) {
        Golden golden = Golden.read(recorded.file());
        GradientCheck check = new GradientCheck(golden.graph(recorded.body()), golden.named(), golden.namedSeeds());
        Map<String, HostTensor> outputs = GraphInterpreter.exact()
                .evaluate(check.forward(), check.inputs())
                .outputs();
        for (int i = 0; i < golden.outputs().size(); i++) {
            assertThat(Tolerance.SAME_IN_FLOAT64.mismatch(
                            "out" + i, golden.outputs().get(i), outputs.get("out" + i)))
                    .isEmpty();
        }
        Map<String, HostTensor> gradients = check.gradients();
        for (int i = 0; i < golden.gradients().size(); i++) {
            assertThat(Tolerance.SAME_IN_FLOAT64.mismatch(
                            "gradient of in" + i, golden.gradients().get(i), gradients.get("in" + i)))
                    .isEmpty();
        }
    }

    /// How many values of the forward pass, besides the operands and constants, the gradient of the first result
    /// uses.
    @ParameterizedTest
    @MethodSource("saving")
    void saves(Sample sample) {
        Graph forward = sample.graph(DType.F32);
        Graph joint = GradientCheck.withGradients(forward, List.of("out0"));
        Set<Value> saved = new HashSet<>();
        for (Node node : gradientNodes(forward, joint)) {
            for (Value operand : node.inputs()) {
                if (operand.node() < forward.nodes().size()
                        && dependsOnInput(joint, operand)
                        && !isInput(joint, operand)) {
                    saved.add(operand);
                }
            }
        }
        assertThat(saved).as("%s", joint).hasSize(sample.saves().orElseThrow());
    }

    /// At the ends of what f32 can take everything is finite, and rounding at every step changes little.
    @ParameterizedTest
    @MethodSource("extremes")
    void extremes(Sample sample) {
        Graph joint = GradientCheck.withGradients(sample.graph(DType.F32), List.of("out0"));
        Map<String, HostTensor> inputs = new LinkedHashMap<>(sample.inputs(DType.F32));
        inputs.put("seed/out0", HostTensor.of(joint.spec(joint.inputs().get("seed/out0")), 0.75));
        Map<String, HostTensor> exact =
                GraphInterpreter.exact().evaluate(joint, inputs).outputs();
        Map<String, HostTensor> rounded =
                GraphInterpreter.rounded().evaluate(joint, inputs).outputs();
        rounded.forEach((name, tensor) ->
                assertThat(Arrays.stream(tensor.doubles())).as(name).allMatch(Double::isFinite));
        Tolerance tolerance = Tolerance.of(DType.F32, Tolerance.longestSum(joint));
        assertThat(tolerance.mismatch("out0", exact.get("out0"), rounded.get("out0")))
                .isEmpty();
    }

    // ---- the checks themselves ------------------------------------------------------------------------------------

    /// The comparisons above must be able to fail: a result that is off by a few tolerances in one element, and a
    /// gradient that is off by a thousandth in one element, are rejected.
    @ParameterizedTest
    @MethodSource("differentiable")
    void canFail(Sample sample) {
        Graph graph = sample.graph(DType.F64);
        GraphInterpreter.exact()
                .evaluate(graph, sample.inputs(DType.F64))
                .outputs()
                .forEach((name, tensor) -> {
                    for (DType dtype : FLOATS) {
                        Tolerance tolerance = Tolerance.of(dtype, Tolerance.longestSum(graph));
                        if (tensor.size() > 0) {
                            HostTensor damaged = tensor.cast(DType.F64);
                            long at = largest(damaged);
                            damaged.set(
                                    at,
                                    damaged.get(at) + Math.max(3 * tolerance.allowed(tensor, at), Double.MIN_NORMAL));
                            assertThat(tolerance.mismatch(name, tensor, damaged))
                                    .isPresent();
                        }
                    }
                });
        GradientCheck check = check(sample, graph.outputs().keySet().toArray(String[]::new));
        Map<String, HostTensor> gradients = check.gradients();
        Map<String, HostTensor> direction = direction(check, sample);
        for (String label : direction.keySet()) {
            Map<String, HostTensor> damaged = new LinkedHashMap<>(gradients);
            damaged.put(label, damaged(gradients.get(label)));
            assertThat(check.compare(damaged, direction).agrees()).as(label).isFalse();
        }
    }

    /// With a thousandth added to the largest element.
    private static HostTensor damaged(HostTensor gradient) {
        HostTensor result = gradient.copy();
        long at = largest(result);
        result.set(at, result.get(at) == 0 ? 0.001 : 1.001 * result.get(at));
        return result;
    }

    private static long largest(HostTensor tensor) {
        long largest = 0;
        for (long i = 1; i < tensor.size(); i++) {
            largest = Math.abs(tensor.get(i)) > Math.abs(tensor.get(largest)) ? i : largest;
        }
        return largest;
    }

    // ---- gradients ------------------------------------------------------------------------------------------------

    private static GradientCheck check(Sample sample, String... seeded) {
        return GradientCheck.random(sample.graph(DType.F64), sample.inputs(DType.F64), sample.seed(), seeded);
    }

    private static Map<String, HostTensor> direction(GradientCheck check, Sample sample) {
        return check.randomDirection(sample.seed() + 1, sample.varying());
    }

    /// Gradients may arrive at the first result alone, for which many rules have a shorter way, or at all floating
    /// ones.
    private static List<String[]> seedings(Sample sample) {
        Graph graph = sample.graph(DType.F64);
        List<String> floating = new ArrayList<>(graph.outputs().keySet());
        floating.removeIf(name -> !graph.spec(graph.output(name)).dtype().isFloating());
        List<String[]> result = new ArrayList<>();
        if (!floating.isEmpty()) {
            result.add(floating.toArray(String[]::new));
        }
        if (floating.size() > 1) {
            result.add(new String[] {floating.getFirst()});
        }
        return result;
    }

    /// The nodes that a gradient needs and that are not of the forward pass.
    private static List<Node> gradientNodes(Graph forward, Graph joint) {
        Set<Integer> needed = new HashSet<>();
        joint.outputs().forEach((name, value) -> {
            if (name.startsWith("gradient/")) {
                needed.add(value.node());
            }
        });
        List<Node> result = new ArrayList<>();
        for (int id = joint.nodes().size() - 1; id >= forward.nodes().size(); id--) {
            if (needed.contains(id)) {
                Node node = joint.nodes().get(id);
                node.inputs().forEach(operand -> needed.add(operand.node()));
                result.add(node);
            }
        }
        return result;
    }

    private static boolean isInput(Graph graph, Value value) {
        return graph.node(value).op() instanceof Input;
    }

    private static boolean dependsOnInput(Graph graph, Value value) {
        return isInput(graph, value)
                || graph.node(value).inputs().stream().anyMatch(operand -> dependsOnInput(graph, operand));
    }
}
