package dagrad.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.graph.Attention;
import dagrad.graph.AttentionGrad;
import dagrad.graph.Composite;
import dagrad.graph.CrossEntropyGrad;
import dagrad.graph.Graph;
import dagrad.graph.Normalize;
import dagrad.graph.NormalizeGrad;
import dagrad.graph.Op;
import dagrad.graph.Softmax;
import dagrad.graph.SoftmaxGrad;
import dagrad.plan.Capabilities;
import dagrad.plan.Plan;
import dagrad.plan.PlanChecker;
import dagrad.reference.GraphInterpreter;
import dagrad.reference.PlanInterpreter;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Plans graphs for several devices and asserts that nothing has been lost on the way.
public final class Planned {
    /// Devices that differ in what they leave to the scheduler.
    public enum Device implements Capabilities {
        /// No kernels but for primitives, one stretch of bytes.
        PRIMITIVES,
        /// A kernel for every composite; attention's turn results and read rows apart, cross entropy's gradient lies over
        /// the logits.
        COMPOSITES,
        /// Code for rows of up to 40 elements and no kernels, so that everything comes together in few launches.
        ROWS,
        /// Some kernels, some of which read rows apart; memory in typed blocks.
        BLOCKS;

        @Override
        public boolean claims(Composite op, List<TensorSpec> in) {
            return switch (this) {
                case PRIMITIVES, ROWS -> false;
                case COMPOSITES -> true;
                case BLOCKS ->
                    switch (op) {
                        case Softmax _, SoftmaxGrad _, Normalize _, NormalizeGrad _ -> true;
                        case Composite _ -> false;
                    };
            };
        }

        @Override
        public boolean strided(Op op, int operand) {
            return this == BLOCKS || this == COMPOSITES && op instanceof AttentionGrad;
        }

        @Override
        public boolean writesStrided(Op op, int result) {
            return this == COMPOSITES && op instanceof Attention && result == 0;
        }

        @Override
        public boolean overwrites(Op op, int operand, int result) {
            return this == COMPOSITES && op instanceof CrossEntropyGrad && operand == 0;
        }

        @Override
        public int longestRow() {
            return this == ROWS ? 40 : 0;
        }

        @Override
        public boolean sideBySide() {
            return this == ROWS || this == COMPOSITES;
        }

        @Override
        public boolean repeatsFunctions() {
            return this == ROWS;
        }

        @Override
        public boolean blocks() {
            return this == BLOCKS;
        }
    }

    private Planned() {}

    /// Asserts that the plan of a graph passes the checker, and that two runs of it in a row give bit for bit what
    /// the graph does by itself: every output, every updated state, and everything else as it was.
    ///
    /// @return the plan
    public static Plan agrees(Graph graph, Capabilities device, Map<String, HostTensor> inputs) {
        return agrees(graph, Scheduler.plan(graph, device), device, inputs);
    }

    /// The same for a plan that was made of the graph in another way.
    static Plan agrees(Graph graph, Plan plan, Capabilities device, Map<String, HostTensor> inputs) {
        assertThat(PlanChecker.problems(plan, device))
                .as("problems of %s", plan)
                .isEmpty();
        PlanInterpreter planned = new PlanInterpreter(plan);
        Map<String, HostTensor> kept = new LinkedHashMap<>(inputs);
        kept.forEach(planned::write);
        for (String run : List.of("first", "second")) {
            planned.run();
            GraphInterpreter.Result direct = GraphInterpreter.rounded().evaluate(graph, kept);
            kept.putAll(direct.updates());
            Map<String, HostTensor> expected = new LinkedHashMap<>(kept);
            expected.putAll(direct.outputs());
            expected.forEach((name, tensor) -> assertThat(difference(tensor, planned.read(name)))
                    .as("\"%s\" after the %s run of %s%s", name, run, plan, graph)
                    .isEmpty());
        }
        return plan;
    }

    /// Where two tensors differ; empty if nowhere. NaNs are equal, and so are the two zeros.
    static String difference(HostTensor expected, HostTensor actual) {
        if (!expected.spec().equals(actual.spec())) {
            return expected.spec() + " became " + actual.spec();
        }
        for (long i = 0; i < expected.size(); i++) {
            double a = expected.get(i);
            double b = actual.get(i);
            if (a != b && !(Double.isNaN(a) && Double.isNaN(b))) {
                return "element " + i + " is " + b + " and not " + a;
            }
        }
        return "";
    }
}
