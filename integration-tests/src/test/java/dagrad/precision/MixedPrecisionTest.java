package dagrad.precision;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.graph.Cast;
import dagrad.graph.Composite;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Node;
import dagrad.graph.Op;
import dagrad.graph.Slice;
import dagrad.graph.Value;
import dagrad.io.GraphJson;
import dagrad.ops.Tolerance;
import dagrad.optimizer.Optimizer;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.Schedule;
import dagrad.optimizer.StepGraph;
import dagrad.plan.Capabilities;
import dagrad.plan.Launch;
import dagrad.plan.Plan;
import dagrad.random.Program;
import dagrad.random.RandomGraphs;
import dagrad.reference.GraphInterpreter;
import dagrad.reference.ModelCheck;
import dagrad.schedule.Scheduler;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The pass that writes bf16 into a graph.
class MixedPrecisionTest {
    /// A device with a kernel for every composite, which would sooner compute than read.
    private static final Capabilities DEVICE = new Capabilities() {
        @Override
        public boolean claims(Composite op, List<TensorSpec> in) {
            return true;
        }

        @Override
        public boolean strided(Op op, int operand) {
            return false;
        }

        @Override
        public boolean repeatsFunctions() {
            return true;
        }
    };

    static Stream<ModelGraph> models() {
        return ModelGraph.all();
    }

    @Provide
    Arbitrary<Program> programs() {
        return RandomGraphs.any();
    }

    // ---- meaning --------------------------------------------------------------------------------------------------

    /// But for rounding, the loss and all gradients stay what they were, and so do names and types.
    @ParameterizedTest
    @MethodSource("models")
    void theMathematicsStays(ModelGraph model) {
        meansTheSame(model.loss(), model.inputs());
    }

    @Property(tries = 150, seed = "22")
    void theMathematicsOfRandomGraphsStays(@ForAll("programs") Program program) {
        Graph loss = program.graph(DType.F32);
        meansTheSame(loss, program.inputs(DType.F32));
        once(loss);
    }

    private static void meansTheSame(Graph loss, Map<String, HostTensor> inputs) {
        Graph before = ModelCheck.withGradients(loss);
        Graph after = ModelCheck.withGradients(Precision.BF16.of(loss)).verify();
        assertThat(specs(after, after.inputs())).isEqualTo(specs(before, before.inputs()));
        assertThat(specs(after, after.outputs())).isEqualTo(specs(before, before.outputs()));
        Map<String, HostTensor> expected =
                GraphInterpreter.exact().evaluate(before, inputs).outputs();
        GraphInterpreter.exact()
                .evaluate(after, inputs)
                .outputs()
                .forEach((name, tensor) -> assertThat(
                                Tolerance.SAME_IN_FLOAT64.mismatch(name, expected.get(name), tensor))
                        .isEmpty());
    }

    private static Map<String, TensorSpec> specs(Graph graph, Map<String, Value> values) {
        return values.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> graph.spec(entry.getValue())));
    }

    @ParameterizedTest
    @MethodSource("models")
    void doingItTwiceChangesNothing(ModelGraph model) {
        once(model.loss());
    }

    private static void once(Graph loss) {
        Graph mixed = Precision.BF16.of(loss);
        assertThat(Precision.BF16.of(mixed).fingerprint()).isEqualTo(mixed.fingerprint());
    }

    /// bf16 keeps two digits or three of a loss; that it keeps no more shows that there is bf16 in the graph.
    @ParameterizedTest
    @MethodSource("models")
    void lossesAreRounded(ModelGraph model) {
        double exact = GraphInterpreter.exact()
                .evaluate(model.loss(), model.inputs())
                .output("loss")
                .scalar();
        double mixed = GraphInterpreter.rounded()
                .evaluate(Precision.BF16.of(model.loss()), model.inputs())
                .output("loss")
                .scalar();
        assertThat(Math.abs(mixed / exact - 1)).isBetween(0x1p-22, 0x1p-6);
    }

    @Test
    void f32AndTf32AreTheSameGraph() {
        Graph loss = ModelGraph.network("gpt").loss();
        assertThat(Precision.F32.of(loss)).isSameAs(loss);
        assertThat(Precision.TF32.of(loss)).isSameAs(loss);
    }

    @ParameterizedTest
    @MethodSource("models")
    void graphsTravelAsJson(ModelGraph model) {
        Graph step = StepGraph.of(model.loss(), recipe(Precision.BF16)).graph();
        assertThat(GraphJson.parse(GraphJson.text(step), model.name()).fingerprint())
                .isEqualTo(step.fingerprint());
    }

    // ---- what is of which type ------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("models")
    void aParameterIsCastOnce(ModelGraph model) {
        Graph mixed = Precision.BF16.of(model.loss());
        Map<Value, List<Node>> casts = mixed.nodes().stream()
                .filter(node -> node.op() instanceof Cast)
                .filter(node -> mixed.node(node.inputs().getFirst()).op() instanceof Input)
                .collect(Collectors.groupingBy(node -> node.inputs().getFirst()));
        assertThat(casts.values()).isNotEmpty().allMatch(list -> list.size() == 1);
    }

    /// A gradient ends in the sums of what computes it, not in a cast from bf16.
    @ParameterizedTest
    @MethodSource("models")
    void gradientsOfParametersAreNotRounded(ModelGraph model) {
        Graph joint = ModelCheck.withGradients(Precision.BF16.of(model.loss()));
        joint.outputs().forEach((name, value) -> {
            Node last = joint.node(value);
            boolean cast = last.op() instanceof Cast
                    && joint.spec(last.inputs().getFirst()).dtype() == DType.BF16;
            assertThat(cast).as("%s ends in %s", name, joint.line(last)).isFalse();
        });
    }

    /// What a step of the transformer stores for each token and channel is bf16.
    @Test
    void activationsAreStoredInHalfTheBytes() {
        Plan plan = plan(ModelGraph.network("gpt"), Precision.BF16);
        long batch = plan.inputs().get("x").spec().shape().size();
        for (Launch launch : plan.launches()) {
            launch.writes().stream()
                    .filter(write -> write.dtype() == DType.F32 && write.shape().size() >= 8 * batch)
                    .forEach(write -> assertThat(
                                    isOfAParameter(plan, write.shape().size()))
                            .as("%s writes %s", launch.label(), write)
                            .isTrue());
        }
    }

    private static boolean isOfAParameter(Plan plan, long size) {
        return plan.graph().nodes().stream()
                .filter(node -> node.op() instanceof Slice || node.op() instanceof Input)
                .anyMatch(node -> node.outputs().getFirst().shape().size() == size);
    }

    /// One cast of all parameters, and one of each floating input, is all that bf16 takes more.
    @ParameterizedTest
    @CsvSource({"gpt, 1", "mlp, 2", "tinygraph, 2"})
    void castsAreNoLaunchesOfTheirOwn(String name, int more) {
        ModelGraph model = ModelGraph.network(name);
        assertThat(plan(model, Precision.BF16).launches())
                .hasSizeLessThanOrEqualTo(plan(model, Precision.F32).launches().size() + more);
    }

    private static Plan plan(ModelGraph model, Precision precision) {
        Function<Precision, Graph> step =
                p -> StepGraph.of(model.loss(), recipe(p)).graph();
        return Scheduler.plan(step.apply(precision), DEVICE);
    }

    private static Recipe recipe(Precision precision) {
        return Recipe.of(new Optimizer.AdamW(), new Schedule.Constant(1e-3)).in(precision);
    }
}
