package dagrad.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.graph.Graph;
import dagrad.plan.Capabilities;
import dagrad.plan.Plan;
import dagrad.precision.ModelGraph;
import dagrad.precision.Precision;
import dagrad.reference.FirstDifference;
import dagrad.reference.GraphInterpreter;
import dagrad.reference.ModelCheck;
import dagrad.schedule.Scheduler;
import dagrad.tensor.HostTensor;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A launch that computes something else is found.
class FirstDifferenceTest {
    private final ModelGraph model = ModelGraph.network("tinygraph");

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16"})
    void thePlantedOneIsNamed(Precision precision) {
        Graph joint = ModelCheck.withGradients(precision.of(model.loss()));
        Plan plan = Scheduler.plan(joint, Capabilities.PRIMITIVES);
        assertThat(FirstDifference.of(plan, model.inputs(), this::evaluate)).isEmpty();
        for (int wrong = 0; wrong < plan.launches().size(); wrong++) {
            String value = plan.launches()
                    .get(wrong)
                    .writes()
                    .getFirst()
                    .slot()
                    .value()
                    .toString();
            assertThat(FirstDifference.of(plan, model.inputs(), graph -> damaged(graph, value))
                            .orElseThrow()
                            .launch())
                    .isEqualTo(wrong);
        }
    }

    private Map<String, HostTensor> evaluate(Graph graph) {
        return GraphInterpreter.rounded().evaluate(graph, model.inputs()).outputs();
    }

    private Map<String, HostTensor> damaged(Graph graph, String value) {
        Map<String, HostTensor> outputs = evaluate(graph);
        HostTensor tensor = outputs.get(value);
        tensor.set(0, tensor.get(0) + 1);
        return outputs;
    }
}
