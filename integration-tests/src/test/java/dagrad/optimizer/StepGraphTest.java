package dagrad.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dagrad.graph.Graph;
import dagrad.graph.GraphException;
import dagrad.graph.Input;
import dagrad.reference.GraphInterpreter;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/// Trajectories of 100 steps against the rules written as loops in double. The parameters are f32, but the
/// reference keeps doubles; what is left of f32 are constants and the like, which it does not round either.
class StepGraphTest {
    private static final int STEPS = 100;
    private static final Offset<Double> CLOSE = within(1e-12);

    /// What a loop does with one tensor: θ, g, λ, k.
    private interface Rule {
        void step(double[] theta, double[] gradient, double decay, double rate, int k);
    }

    private static void follow(Recipe recipe, Rule weightRule, Rule biasRule) {
        Regression hand = new Regression(8, 1);
        Stepper graph = new Stepper(StepGraph.of(Regression.graph(8), recipe), hand.parameters());
        double first = hand.loss();
        for (int k = 0; k < STEPS; k++) {
            Map<String, HostTensor> outputs = graph.run(hand.batch());
            assertThat(outputs.get("loss").scalar()).as("loss of step %d", k).isCloseTo(hand.loss(), CLOSE);
            double[] gw = hand.weightGradient();
            double[] gb = hand.biasGradient();
            assertThat(outputs.get("gradient_norm").scalar()).isCloseTo(norm(gw, gb), CLOSE);
            double scale = Math.min(1, recipe.clipNorm().orElse(Double.POSITIVE_INFINITY) / norm(gw, gb));
            double rate = recipe.schedule().at(k);
            double decay = recipe.optimizer().weightDecay();
            weightRule.step(hand.w, scaled(gw, scale), decay, rate, k);
            biasRule.step(hand.b, scaled(gb, scale), 0, rate, k);
            assertThat(graph.parameter("weight")).as("W after step %d", k).containsExactly(hand.w, CLOSE);
            assertThat(graph.parameter("bias")).as("b after step %d", k).containsExactly(hand.b, CLOSE);
        }
        assertThat(hand.loss()).isLessThan(0.8 * first);
    }

    private static double norm(double[]... parts) {
        double sum = 0;
        for (double[] part : parts) {
            for (double v : part) {
                sum += v * v;
            }
        }
        return Math.sqrt(sum);
    }

    private static double[] scaled(double[] v, double factor) {
        return Arrays.stream(v).map(e -> e * factor).toArray();
    }

    /// Lecture (6) with θ − η λ θ, and momentum as PyTorch documents it.
    private static Rule sgd(double momentum, boolean nesterov) {
        double[] velocity = new double[Regression.IN * Regression.OUT];
        return (theta, g, decay, rate, _) -> {
            for (int i = 0; i < theta.length; i++) {
                velocity[i] = momentum * velocity[i] + g[i];
                double direction = nesterov ? g[i] + momentum * velocity[i] : velocity[i];
                theta[i] = theta[i] - rate * direction - rate * decay * theta[i];
            }
        };
    }

    /// Lecture (7), letter by letter.
    private static Rule adamW(double beta1, double beta2, double epsilon) {
        double[] m = new double[Regression.IN * Regression.OUT];
        double[] v = new double[Regression.IN * Regression.OUT];
        return (theta, g, decay, rate, k) -> {
            for (int i = 0; i < theta.length; i++) {
                m[i] = beta1 * m[i] + (1 - beta1) * g[i];
                v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
                double mHat = m[i] / (1 - Math.pow(beta1, k + 1));
                double vHat = v[i] / (1 - Math.pow(beta2, k + 1));
                theta[i] = theta[i] - rate * mHat / (Math.sqrt(vHat) + epsilon) - rate * decay * theta[i];
            }
        };
    }

    @Test
    void steepestDescent() {
        Recipe recipe = Recipe.of(new Optimizer.Sgd(), new Schedule.Constant(0.2));
        follow(recipe, sgd(0, false), sgd(0, false));
    }

    @Test
    void steepestDescentWithDecayAndSchedule() {
        Recipe recipe = Recipe.of(new Optimizer.Sgd(0, false, 0.1), new Schedule.Cosine(0.4, 0.01, 80).warmedUp(10));
        follow(recipe, sgd(0, false), sgd(0, false));
    }

    /// The average begins as the first parameters that were reached, and keeps t/(t + 9) of itself while that is
    /// little.
    @Test
    void theAverageFollowsTheParameters() {
        double share = 0.8;
        Recipe recipe =
                Recipe.of(new Optimizer.Sgd(), new Schedule.Constant(0.2)).averaged(share);
        Regression hand = new Regression(8, 1);
        StepGraph step = StepGraph.of(Regression.graph(8), recipe);
        Stepper graph = new Stepper(step, hand.parameters());
        double[] average = {};
        for (int k = 0; k < STEPS; k++) {
            graph.run(hand.batch());
            double[] now = graph.parameter("weight");
            double kept = Math.min(share, k / (k + 9.0));
            double[] before = k == 0 ? now : average;
            average = IntStream.range(0, now.length)
                    .mapToDouble(i -> kept * before[i] + (1 - kept) * now[i])
                    .toArray();
            FlatLayout.Flat flat = step.layout().flats().stream()
                    .filter(f -> f.segments().getFirst().name().equals("weight"))
                    .findFirst()
                    .orElseThrow();
            assertThat(graph.kept(flat.stateLabel(StepGraph.AVERAGE)).doubles())
                    .as("average after step %d", k)
                    .containsExactly(average, within(1e-7));
        }
        assertThatThrownBy(() -> recipe.averaged(1))
                .hasMessage("an average keeps a share from 0 to below 1 of itself, not 1.0");
    }

    @Test
    void momentum() {
        Recipe recipe = Recipe.of(new Optimizer.Sgd(0.9, false, 0.01), new Schedule.Constant(0.05));
        follow(recipe, sgd(0.9, false), sgd(0.9, false));
    }

    @Test
    void nesterov() {
        Recipe recipe = Recipe.of(new Optimizer.Sgd(0.8, true, 0.01), new Schedule.Constant(0.05));
        follow(recipe, sgd(0.8, true), sgd(0.8, true));
    }

    @Test
    void adamW() {
        Recipe recipe = Recipe.of(new Optimizer.AdamW(0.9, 0.999, 1e-8, 0.1), new Schedule.Constant(0.05));
        follow(recipe, adamW(0.9, 0.999, 1e-8), adamW(0.9, 0.999, 1e-8));
    }

    @Test
    void adamWWithoutMomentOrDecay() {
        Recipe recipe = Recipe.of(new Optimizer.AdamW(0, 0.95, 1e-3, 0), new Schedule.Linear(0.05, 0.01, 50));
        follow(recipe, adamW(0, 0.95, 1e-3), adamW(0, 0.95, 1e-3));
    }

    /// The limit binds in the first steps and not in the last.
    @Test
    void clipping() {
        Regression start = new Regression(8, 1);
        assertThat(norm(start.weightGradient(), start.biasGradient())).isGreaterThan(0.7);
        Recipe recipe = Recipe.of(new Optimizer.Sgd(0.5, false, 0), new Schedule.Constant(0.2))
                .clipped(0.7);
        follow(recipe, sgd(0.5, false), sgd(0.5, false));
    }

    @Test
    void fourRunsAccumulatedAreOneStepOnTheFourfoldBatch() {
        Regression data = new Regression(32, 2);
        Recipe recipe = Recipe.of(new Optimizer.AdamW(), new Schedule.Linear(0.1, 0.01, 20))
                .clipped(0.3);
        Stepper whole = new Stepper(StepGraph.of(Regression.graph(32), recipe), data.parameters());
        Stepper parts = new Stepper(StepGraph.of(Regression.graph(8), recipe.accumulating(4)), data.parameters());
        for (int k = 0; k < 20; k++) {
            double[] before = parts.parameter("weight");
            Map<String, HostTensor> wanted = whole.run(data.batch());
            double loss = 0;
            Map<String, HostTensor> outputs = Map.of();
            for (int part = 0; part < 4; part++) {
                assertThat(parts.parameter("weight")).containsExactly(before);
                outputs = parts.run(data.batch(8 * part, 8 * part + 8));
                loss += outputs.get("loss").scalar() / 4;
            }
            assertThat(loss).isCloseTo(wanted.get("loss").scalar(), CLOSE);
            assertThat(outputs.get("gradient_norm").scalar())
                    .isCloseTo(wanted.get("gradient_norm").scalar(), CLOSE);
            assertThat(parts.parameter("weight")).isNotEqualTo(before);
            assertThat(parts.parameter("weight")).containsExactly(whole.parameter("weight"), CLOSE);
            assertThat(parts.parameter("bias")).containsExactly(whole.parameter("bias"), CLOSE);
        }
        assertThat(parts.kept(StepGraph.STEP).getLong(0)).isEqualTo(20);
        assertThat(parts.kept("optimizer/run").getLong(0)).isZero();
        assertThat(parts.kept("optimizer/decay/accumulated").doubles()).containsOnly(0);
    }

    /// A group's factors multiply rate and decay; what no decay is asked of keeps its pull-free path.
    @Test
    void groupsScaleRateAndDecay() {
        List<ParameterGroup> groups = List.of(
                new ParameterGroup("bias", (name, _) -> name.equals("bias"), 0.25, 3),
                new ParameterGroup("rest", (_, _) -> true, 1, 0));
        Recipe recipe = Recipe.of(new Optimizer.Sgd(0, false, 0.1), new Schedule.Constant(0.2))
                .grouped(groups);
        Rule quarter = (theta, g, _, rate, k) -> sgd(0, false).step(theta, g, 0.3, 0.25 * rate, k);
        Rule free = (theta, g, _, rate, k) -> sgd(0, false).step(theta, g, 0, rate, k);
        follow(recipe, free, quarter);
    }

    @Test
    void oneGroupDecaysAll() {
        Recipe recipe = Recipe.of(new Optimizer.AdamW(0.9, 0.999, 1e-8, 0.1), new Schedule.Constant(0.05))
                .grouped(ParameterGroup.single());
        Rule decaying = adamW(0.9, 0.999, 1e-8);
        follow(recipe, adamW(0.9, 0.999, 1e-8), (theta, g, _, rate, k) -> decaying.step(theta, g, 0.1, rate, k));
        assertThat(StepGraph.of(Regression.graph(2), recipe).layout().flats()).hasSize(1);
    }

    /// In f32, 1 - β2^(k+1) keeps its digits in the first steps, where the power is nearly 1.
    @Test
    void biasCorrectionIsAccurateInSinglePrecision() {
        Graph step = StepGraph.of(
                        Graph.build(g -> g.output("loss", g.sum(g.parameter("x", TensorSpec.f32(1))))),
                        Recipe.of(new Optimizer.AdamW(0.9, 0.9999, 1e-8, 0), new Schedule.Constant(1)))
                .graph();
        Map<String, HostTensor> inputs = new HashMap<>();
        step.inputs().forEach((label, v) -> inputs.put(label, HostTensor.zeros(step.spec(v))));
        HostTensor moved =
                GraphInterpreter.rounded().evaluate(step, inputs).updates().get("params/no_decay");
        assertThat(moved.get(0)).isCloseTo(-1, within(5e-7));
    }

    @Test
    void keepsOutputsUpdatesAndCountsRuns() {
        Graph loss = Graph.build(g -> {
            var x = g.input("x", TensorSpec.f32(6, 2));
            var mean = g.state("running_mean", TensorSpec.f32(2));
            var variance = g.state("running_variance", TensorSpec.f32(2));
            var gain = g.parameter("gain", TensorSpec.f32(2));
            var y = g.batchNorm(x, gain, g.zerosLike(gain), mean, variance, 0.5, 1e-5);
            g.output("dropped", g.dropout(y, 0.5));
            g.output("loss", g.mean(g.square(g.dropout(y, 0.5))));
        });
        StepGraph step = StepGraph.of(loss, Recipe.of(new Optimizer.Sgd(), new Schedule.Constant(0.1)));
        Stepper stepper = new Stepper(step, Map.of("gain", HostTensor.of(TensorSpec.f32(2), 1)));
        Map<String, HostTensor> batch =
                Map.of("x", HostTensor.of(TensorSpec.f32(6, 2), 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3));
        HostTensor first = stepper.run(batch).get("dropped");
        assertThat(stepper.kept("running_mean").doubles()).containsExactly(new double[] {27 / 12.0, 24 / 12.0}, CLOSE);
        HostTensor second = stepper.run(batch).get("dropped");
        assertThat(stepper.kept("random/step").getLong(0)).isEqualTo(2);
        assertThat(first.doubles()).isNotEqualTo(second.doubles());
        assertThat(step.graph().outputs()).containsOnlyKeys("dropped", "loss", "gradient_norm");
        step.graph().verify();
    }

    @Test
    void evaluationReadsTheSameFlatTensorsAndChangesNothing() {
        Regression data = new Regression(8, 3);
        StepGraph step =
                StepGraph.of(Regression.graph(8), Recipe.of(new Optimizer.AdamW(), new Schedule.Constant(0.01)));
        Graph evaluation = StepGraph.evaluation(Regression.graph(5), step.layout());
        Map<String, HostTensor> inputs = new HashMap<>(step.layout().join(data.parameters()));
        inputs.putAll(data.batch(0, 5));
        double loss = GraphInterpreter.exact()
                .evaluate(evaluation, inputs)
                .output("loss")
                .scalar();
        double expected = GraphInterpreter.exact()
                .evaluate(Regression.graph(5), merged(data.parameters(), data.batch(0, 5)))
                .output("loss")
                .scalar();
        assertThat(loss).isEqualTo(expected);
        assertThat(evaluation.updates()).isEmpty();
        assertThat(evaluation.inputs(Input.Kind.PARAMETER)).containsOnlyKeys("params/decay", "params/no_decay");
    }

    private static Map<String, HostTensor> merged(Map<String, HostTensor> a, Map<String, HostTensor> b) {
        Map<String, HostTensor> result = new HashMap<>(a);
        result.putAll(b);
        return result;
    }

    @Test
    void refusesWhatCannotBeTrained() {
        Recipe recipe = Recipe.of(new Optimizer.Sgd(), new Schedule.Constant(0.1));
        Graph nothing = Graph.build(g -> g.output("loss", g.sum(g.input("x", TensorSpec.f32(3)))));
        assertThatThrownBy(() -> StepGraph.of(nothing, recipe))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("no parameters, so there is nothing to train");
        Graph noLoss = Graph.build(g -> g.output("y", g.sum(g.parameter("x", TensorSpec.f32(3)))));
        assertThatThrownBy(() -> StepGraph.of(noLoss, recipe))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("no output \"loss\"");
        assertThatThrownBy(() -> StepGraph.of(Regression.graph(2), recipe.grouped(List.of())))
                .hasMessageContaining("no parameter group takes \"weight\" f32[3,4]");
        FlatLayout layout = StepGraph.of(Regression.graph(2), recipe).layout();
        assertThatThrownBy(() -> StepGraph.evaluation(
                        Graph.build(g -> g.output("y", g.parameter("other", TensorSpec.f32(3)))), layout))
                .hasMessageContaining("\"other\" f32[3] is not among the trained ones");
        assertThatThrownBy(() -> StepGraph.evaluation(
                        Graph.build(g -> g.output("y", g.parameter("bias", TensorSpec.f32(7)))), layout))
                .hasMessageContaining("\"bias\" f32[7] is trained as f32[3]");
    }
}
