package dagrad.train;

import dagrad.backend.Executable;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.optimizer.FlatLayout;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import dagrad.train.checkpoint.Identity;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// What a step's executable remembers from run to run: the flat parameters and the states.
final class Memory {
    private final Executable step;
    private final FlatLayout layout;
    private final Map<String, TensorSpec> states = new LinkedHashMap<>();
    private Optional<Identity> identity = Optional.empty();

    Memory(Executable step, FlatLayout layout) {
        this.step = step;
        this.layout = layout;
        Graph graph = step.plan().graph();
        graph.inputs(Input.Kind.STATE).forEach((label, value) -> states.put(label, graph.spec(value)));
    }

    /// Which training this is; the text of a large graph is made once, when it is first wanted.
    Identity identity() {
        Identity known = identity.orElseGet(
                () -> Identity.of(layout.parameters(), states, step.plan().graph()));
        identity = Optional.of(known);
        return known;
    }

    Map<String, HostTensor> parameters(Map<String, HostTensor> into) {
        layout.flats().forEach(flat -> read(flat.label(), flat.spec(), into));
        return layout.split(into);
    }

    /// @param into is used again if it has tensors
    Map<String, HostTensor> states(Map<String, HostTensor> into) {
        Map<String, HostTensor> result = new LinkedHashMap<>();
        states.forEach((label, spec) -> result.put(label, read(label, spec, into)));
        return result;
    }

    private HostTensor read(String label, TensorSpec spec, Map<String, HostTensor> into) {
        HostTensor tensor = into.computeIfAbsent(label, _ -> HostTensor.zeros(spec));
        step.read(label, tensor);
        return tensor;
    }

    /// @param parameters by name
    /// @param kept states by label
    void write(Map<String, HostTensor> parameters, Map<String, HostTensor> kept) {
        Parameters.write(parameters, step, layout);
        states.keySet().forEach(label -> step.write(label, kept.get(label)));
    }
}
