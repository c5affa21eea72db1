package dagrad.random;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.graph.Graph;
import dagrad.ops.GradientCheck;
import dagrad.reference.GraphInterpreter;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import java.util.Map;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;

/// What must hold of every graph. The seeds are fixed, so that a build gives the same answer each time.
class RandomGraphTest {
    @Provide
    Arbitrary<Program> smooth() {
        return RandomGraphs.smooth();
    }

    @Provide
    Arbitrary<Program> any() {
        return RandomGraphs.any();
    }

    /// Lecture (3), with all parameters moving at once.
    @Property(tries = 400, seed = "20")
    void theGradientIsTheSlope(@ForAll("smooth") Program program) {
        Graph graph = program.graph(DType.F64);
        GradientCheck check = GradientCheck.random(graph, program.inputs(DType.F64), program.seed());
        GradientCheck.Outcome outcome = check.compare(check.gradients(), check.randomDirection(program.seed() + 1));
        assertThat(outcome.agrees()).as("%s\n%s\n%s", outcome, program, graph).isTrue();
        Statistics.label("slope").collect(outcome.analytic() == 0 ? "zero" : "not zero");
        Statistics.label("slope").coverage(coverage -> coverage.check("zero").percentage(p -> p < 10));
    }

    /// Types are inferred as computed, and a graph is what its text says: the same program gives the same
    /// fingerprint.
    @Property(tries = 80, seed = "21")
    void graphsAreWellFormedAndReproducible(@ForAll("any") Program program) {
        for (DType dtype : new DType[] {DType.F64, DType.F32, DType.BF16}) {
            Graph graph = program.graph(dtype).verify();
            assertThat(graph.fingerprint()).isEqualTo(program.graph(dtype).fingerprint());
            Map<String, HostTensor> outputs = GraphInterpreter.rounded()
                    .evaluate(
                            GradientCheck.withGradients(graph, graph.outputs().keySet())
                                    .verify(),
                            inputs(program, dtype))
                    .outputs();
            outputs.forEach((name, tensor) -> {
                for (long i = 0; i < tensor.size(); i++) {
                    assertThat(tensor.get(i))
                            .as("%s of %s\n%s", name, dtype, program)
                            .isFinite();
                }
            });
        }
    }

    private static Map<String, HostTensor> inputs(Program program, DType dtype) {
        Map<String, HostTensor> inputs = program.inputs(dtype);
        inputs.put(
                "seed/loss",
                HostTensor.of(program.graph(dtype).spec(program.graph(dtype).output("loss")), 1));
        return inputs;
    }
}
