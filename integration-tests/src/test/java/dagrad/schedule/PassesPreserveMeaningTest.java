package dagrad.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.graph.Constant;
import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.reference.GraphInterpreter;
import dagrad.schedule.Planned.Device;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Literal;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// Every graph-to-graph pass by itself leaves what a graph computes as it was, bit for bit.
class PassesPreserveMeaningTest {
    @Provide
    Arbitrary<Graph> graphs() {
        Arbitrary<List<Integer>> programs =
                Arbitraries.integers().list().ofMinSize(1).ofMaxSize(14);
        return Arbitraries.oneOf(
                programs.map(RandomGraphs::views),
                programs.map(RandomGraphs::any),
                programs.map(RandomGraphs::withGradients));
    }

    @Property(tries = 150)
    void expanding(@ForAll("graphs") Graph graph, @ForAll Device device) {
        assertSame(graph, Expand.apply(graph, device));
    }

    @Property(tries = 300)
    void simplifying(@ForAll("graphs") Graph graph) {
        assertSame(graph, Simplify.apply(graph));
    }

    @Property(tries = 150)
    void givingResultsNodesOfTheirOwn(@ForAll("graphs") Graph graph) {
        assertSame(graph, Scheduler.ownResults(graph));
    }

    @Property(tries = 150)
    void allTogether(@ForAll("graphs") Graph graph, @ForAll Device device) {
        assertSame(graph, Scheduler.lower(graph, device));
    }

    /// What integers are is not what doubles are.
    @Example
    void knownIntegersWrapAroundAndKeepTheirDigits() {
        Graph graph = Graph.build(g -> {
            TensorSpec two = TensorSpec.i32(2);
            Value largest = g.constant(two, Integer.MAX_VALUE);
            g.output("sum", g.add(largest, g.constant(two, 1)));
            g.output("product", g.mul(largest, largest));
            g.output("negated", g.neg(g.constant(two, Integer.MIN_VALUE)));
            g.output("rest", g.mod(g.constant(two, 5), g.constant(two, 0)));
            TensorSpec one = new TensorSpec(DType.I64, Shape.of(1));
            Literal odd = Literal.copyOf(HostTensor.of(new long[] {(1L << 53) + 1}, 1));
            g.output("odd", g.broadcast(g.apply(new Constant(one, odd)), Shape.of(3)));
        });
        assertSame(graph, Simplify.apply(graph));
        Planned.agrees(graph, Device.PRIMITIVES, Map.of());
    }

    /// 0 - x has the sign that subtraction gives it.
    @Example
    void zeroMinusZeroIsPositive() {
        Graph graph = Graph.build(g -> {
            Value x = g.input("x", TensorSpec.f32(2));
            g.output("y", g.reciprocal(g.sub(g.zerosLike(x), x)));
        });
        Map<String, HostTensor> zeros = Map.of("x", HostTensor.of(new float[] {0, -0f}, 2));
        assertThat(GraphInterpreter.rounded()
                        .evaluate(Simplify.apply(graph), zeros)
                        .output("y")
                        .doubles())
                .containsExactly(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
    }

    private static void assertSame(Graph before, Graph after) {
        Map<String, HostTensor> inputs = RandomGraphs.numbersFor(before, 7);
        GraphInterpreter.Result expected = GraphInterpreter.rounded().evaluate(before, inputs);
        GraphInterpreter.Result actual = GraphInterpreter.rounded().evaluate(after.verify(), inputs);
        assertThat(after.inputs().keySet())
                .containsExactlyElementsOf(before.inputs().keySet());
        assertThat(actual.outputs().keySet())
                .containsExactlyElementsOf(expected.outputs().keySet());
        expected.outputs()
                .forEach((name, tensor) -> assertThat(Planned.difference(tensor, actual.output(name)))
                        .as("%s of %s and %s", name, before, after)
                        .isEmpty());
        expected.updates().forEach((label, tensor) -> {
            HostTensor kept = actual.updates().getOrDefault(label, inputs.get(label));
            assertThat(Planned.difference(tensor, kept))
                    .as("update of %s in %s and %s", label, before, after)
                    .isEmpty();
        });
    }
}
