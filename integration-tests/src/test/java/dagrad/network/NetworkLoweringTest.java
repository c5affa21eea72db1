package dagrad.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dagrad.graph.EdgeSum;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.MatMul;
import dagrad.models.network.Activation;
import dagrad.models.network.Explain;
import dagrad.models.network.Lowering;
import dagrad.models.network.NetworkException;
import dagrad.models.network.NetworkJson;
import dagrad.models.network.RandomNetwork;
import dagrad.models.network.ScalarNetwork;
import dagrad.models.network.ScalarNetwork.Output;
import dagrad.models.network.ScalarNetwork.Source;
import dagrad.models.network.Sums;
import dagrad.tensor.DType;
import dagrad.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// The vectorised graph with its gradient, evaluated by the oracle, against (12) and (13) in plain loops.
class NetworkLoweringTest {
    private static final double[][] NONE = {};

    @ParameterizedTest
    @CsvSource({"0.5,-0.75,1.25", "1,1,1", "-2,0.3,0", "0,0,0", "3,-4,2.5"})
    void theWorkedExample(double theta1, double theta2, double theta3) {
        ScalarNetwork network =
                NetworkJson.read(Path.of("..", "examples", "lecture.json")).network();
        double[] theta = {theta1, theta2, theta3};
        agree(network, theta, new double[][] {{-1, 1}, {0.3, 2}}, NONE);
    }

    @Property(tries = 200)
    void mixedNetworks(
            @ForAll @IntRange(min = 0, max = 25) int nodes,
            @ForAll @IntRange(min = 1, max = 4) int parameters,
            @ForAll @IntRange(min = 1, max = 3) int batch,
            @ForAll long seed) {
        ScalarNetwork network = MixedNetworks.draw(nodes, parameters, seed);
        SplittableRandom random = new SplittableRandom(seed);
        agree(
                network,
                random.doubles(parameters, -1, 1).toArray(),
                examples(random, batch, MixedNetworks.INPUTS),
                examples(random, batch, MixedNetworks.TARGETS));
    }

    @Property(tries = 30)
    void layeredNetworks(
            @ForAll @IntRange(min = 1, max = 4) int layers,
            @ForAll @IntRange(min = 1, max = 12) int width,
            @ForAll @IntRange(min = 1, max = 6) int fanIn,
            @ForAll long seed) {
        RandomNetwork layered = new RandomNetwork(3, layers, width, fanIn, fanIn, 2, 0.3, Activation.LEAKY_RELU, seed);
        SplittableRandom random = new SplittableRandom(seed);
        agree(
                layered.network(),
                layered.theta().toTensor(TensorSpec.f64(fanIn)).doubles(),
                examples(random, 4, 3),
                examples(random, 4, 2));
    }

    /// Three nodes with different numbers of arguments and two with equal ones, where the activation takes them.
    @ParameterizedTest
    @EnumSource
    void everyActivation(Activation activation) {
        ScalarNetwork network = ScalarNetwork.build(n -> {
            List<Output> x = new ArrayList<>();
            for (int j = 0; j < 4; j++) {
                x.add(n.node("x" + j, Activation.SUM, n.input("x" + j)));
            }
            List<Source> last = new ArrayList<>();
            for (int count : new int[] {2, 4, 4, activation.accepts(3) ? 3 : 2}) {
                List<Source> arguments = new ArrayList<>();
                for (int m = 0; m < count; m++) {
                    arguments.add(n.parameter("θ" + (m + last.size()) % 3).times(x.get((m * last.size()) % 4)));
                }
                Output node = n.node("n" + last.size(), activation, arguments);
                Output component = node.component(activation.components(count) - 1);
                n.output(component);
                last.add(n.fixed(1 + last.size()).times(component));
            }
            n.objective(n.node("J", Activation.SUM, last));
        });
        agree(network, new double[] {0.5, 0.25, 0.75}, new double[][] {{0.4, 1.5, 0.9, 2.2}, {1, 0.3, 2, 0.8}}, NONE);
    }

    private static double[][] examples(SplittableRandom random, int batch, int components) {
        double[][] result = new double[batch][];
        for (int b = 0; b < batch; b++) {
            result[b] = random.doubles(components, -1, 1).toArray();
        }
        return result;
    }

    /// The graph's loss and gradient are the means over the batch of the algorithm's, however sums are computed.
    private static void agree(ScalarNetwork network, double[] theta, double[][] inputs, double[][] targets) {
        double[][] given = network.targets().isEmpty() ? NONE : targets;
        double loss = 0;
        double[] gradient = new double[theta.length];
        List<Double> outputs = new ArrayList<>();
        for (int b = 0; b < inputs.length; b++) {
            Explain one = Explain.of(network, theta, inputs[b], given.length == 0 ? new double[0] : given[b]);
            loss += one.objective() / inputs.length;
            for (int p = 0; p < theta.length; p++) {
                gradient[p] += one.gradient()[p] / inputs.length;
            }
            Arrays.stream(one.outputs()).forEach(outputs::add);
        }
        double scale = Arrays.stream(gradient).map(Math::abs).max().orElseThrow();
        for (Sums sums : Sums.values()) {
            Graph graph = new Lowering(network, sums).loss(inputs.length, DType.F64);
            Differentiated lowered = Differentiated.of(graph, theta, inputs, given);
            assertThat(lowered.loss()).as("loss, %s", sums).isCloseTo(loss, near(loss));
            assertThat(lowered.outputs()).hasSize(outputs.size());
            for (int i = 0; i < outputs.size(); i++) {
                assertThat(lowered.outputs()[i])
                        .as("output %d, %s", i, sums)
                        .isCloseTo(outputs.get(i), near(outputs.get(i)));
            }
            for (int p = 0; p < theta.length; p++) {
                assertThat(lowered.gradient()[p])
                        .as("%s, %s", network.parameters().get(p), sums)
                        .isCloseTo(gradient[p], near(scale));
            }
        }
    }

    private static Offset<Double> near(double size) {
        return within(1e-10 * Math.max(1e-3, Math.abs(size)));
    }

    /// Any function of outputs and targets: here the cross entropy of integer classes, which no node offers.
    @Test
    void anyObjectiveInJava() {
        ScalarNetwork logits = ScalarNetwork.build(n -> {
            Output x = n.node("x", Activation.SUM, n.input("x"));
            for (int c = 0; c < 3; c++) {
                n.output(n.node("z" + c, Activation.TANH, n.parameter("θ" + c).times(x)));
            }
        });
        ScalarNetwork withObjective = ScalarNetwork.build(n -> {
            Output x = n.node("x", Activation.SUM, n.input("x"));
            List<Source> arguments = new ArrayList<>();
            for (int c = 0; c < 3; c++) {
                Output z = n.node("z" + c, Activation.TANH, n.parameter("θ" + c).times(x));
                arguments.add(n.unit().times(z));
            }
            for (int c = 0; c < 3; c++) {
                arguments.add(n.target("t" + c));
            }
            n.objective(n.node("J", Activation.CROSS_ENTROPY, arguments));
        });
        double[] theta = {0.2, -0.4, 0.9};
        Graph loss = Lowering.of(logits)
                .loss(
                        2,
                        DType.F64,
                        1,
                        (g, outputs, targets) -> g.crossEntropy(outputs, g.cast(g.reshape(targets, 2), DType.I32)));
        Differentiated graph = Differentiated.of(loss, theta, new double[][] {{1}, {-2}}, new double[][] {{2}, {0}});
        Explain first = Explain.of(withObjective, theta, new double[] {1}, new double[] {0, 0, 1});
        Explain second = Explain.of(withObjective, theta, new double[] {-2}, new double[] {1, 0, 0});

        assertThat(graph.loss()).isCloseTo((first.objective() + second.objective()) / 2, within(1e-12));
        for (int p = 0; p < 3; p++) {
            assertThat(graph.gradient()[p]).isCloseTo((first.gradient()[p] + second.gradient()[p]) / 2, within(1e-12));
        }
    }

    /// A group is a few nodes of the graph, however many edges it has.
    @Test
    void aMillionEdgesAreFewNodes() {
        ScalarNetwork network = RandomNetwork.ofAMillionEdges(1).network();
        Graph graph = Lowering.of(network).loss(1, DType.F32);

        assertThat(network.edges()).isGreaterThan(1_000_000);
        assertThat(graph.nodes()).hasSizeLessThan(200);
    }

    /// One operation for each group of many edges, which is a product of matrices where enough of the possible edges
    /// are there and the device does not do better. In the first case the outputs need so few nodes that no group has
    /// many edges.
    @ParameterizedTest
    @CsvSource({"2, 128, 0, 0", "30, 32, 2, 0", "50, 32, 2, 2", "100, 1, 2, 0"})
    void choosesMatricesForDenseGroups(int fanIn, int batch, int together, int matrices) {
        ScalarNetwork network = new RandomNetwork(600, 1, 600, fanIn, 50, 50, 0, Activation.TANH, 1).network();
        Graph graph = Lowering.of(network).loss(batch, DType.F32);
        List<Graph> sums = graph.nodes().stream()
                .filter(n -> n.op() instanceof EdgeSum)
                .map(n -> GraphBuilder.expansion(
                        (EdgeSum) n.op(), n.inputs().stream().map(graph::spec).toList()))
                .toList();

        assertThat(sums).hasSize(together);
        assertThat(sums.stream().flatMap(g -> g.nodes().stream()).filter(n -> n.op() instanceof MatMul))
                .hasSize(matrices);
    }

    @Test
    void refusesOutputsThatDependOnTargets() {
        ScalarNetwork network = ScalarNetwork.build(n -> n.output(n.node("y", Activation.SUM, n.target("t"))));

        assertThatThrownBy(() -> Lowering.of(network).loss(1, DType.F64, 1, (g, outputs, _) -> g.mean(outputs)))
                .isInstanceOf(NetworkException.class)
                .hasMessageContaining("outputs depend on its targets");
        assertThatThrownBy(() -> Lowering.of(network).loss(1, DType.F64))
                .isInstanceOf(NetworkException.class)
                .hasMessageStartingWith("the network names no objective");
    }
}
