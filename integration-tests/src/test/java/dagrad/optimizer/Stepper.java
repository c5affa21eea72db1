package dagrad.optimizer;

import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.reference.GraphInterpreter;
import dagrad.tensor.HostTensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/// Runs a step graph again and again in float64, keeping what it updates.
final class Stepper {
    private final StepGraph step;
    private final Map<String, HostTensor> kept = new LinkedHashMap<>();

    Stepper(StepGraph step, Map<String, HostTensor> parameters) {
        this.step = step;
        Graph graph = step.graph();
        graph.inputs(Input.Kind.STATE).forEach((label, v) -> kept.put(label, HostTensor.zeros(graph.spec(v))));
        kept.putAll(step.layout().join(parameters));
    }

    /// @return the outputs
    Map<String, HostTensor> run(Map<String, HostTensor> batch) {
        Map<String, HostTensor> inputs = new HashMap<>(kept);
        inputs.putAll(batch);
        GraphInterpreter.Result result = GraphInterpreter.exact().evaluate(step.graph(), inputs);
        kept.putAll(result.updates());
        return result.outputs();
    }

    double[] parameter(String name) {
        for (FlatLayout.Flat flat : step.layout().flats()) {
            for (FlatLayout.Segment s : flat.segments()) {
                if (s.name().equals(name)) {
                    return Arrays.copyOfRange(kept.get(flat.label()).doubles(), s.offset(), s.end());
                }
            }
        }
        throw new IllegalArgumentException(name);
    }

    HostTensor kept(String label) {
        return kept.get(label);
    }
}
