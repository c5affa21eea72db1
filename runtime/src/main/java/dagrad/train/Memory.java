package dagrad.train;

import dagrad.backend.Executable;
import dagrad.data.Batches;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Origin;
import dagrad.graph.Value;
import dagrad.optimizer.FlatLayout;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import dagrad.train.checkpoint.CheckpointException;
import dagrad.train.checkpoint.Identity;
import dagrad.train.checkpoint.State;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// What a step's executable remembers from run to run: the flat parameters and the states. States that no step changes
/// are not among them, as frozen weights are: they are what they were at the start.
final class Memory {
    /// No step changes it either, but the same weights with another seed are another training.
    private static final String SEED = "random/seed";

    private final Executable step;
    private final FlatLayout layout;
    private final Map<String, TensorSpec> states = new LinkedHashMap<>();
    private Optional<Identity> identity = Optional.empty();

    Memory(Executable step, FlatLayout layout) {
        this.step = step;
        this.layout = layout;
        Graph graph = step.plan().graph();
        graph.inputs(Input.Kind.STATE).forEach((label, value) -> {
            if (graph.updates().containsKey(value) || label.equals(SEED)) {
                states.put(label, graph.spec(value));
            }
        });
    }

    /// Which training this is; the text of a large graph is made once, when it is first wanted. What is computed again
    /// for want of memory changes nothing, so it is not part of it.
    Identity identity() {
        Identity known = identity.orElseGet(() ->
                Identity.of(layout.parameters(), states, onceEach(step.plan().graph())));
        identity = Optional.of(known);
        return known;
    }

    private static Graph onceEach(Graph graph) {
        return Graph.build(new Origin("", ""), g -> {
            Function<Value, Value> here = g.inline(graph, Map.of());
            graph.outputs().forEach((name, value) -> g.output(name, here.apply(value)));
            graph.updates().forEach((state, value) -> g.update(here.apply(state), here.apply(value)));
        });
    }

    /// A state.
    ///
    /// @param into memory that is used again if it has tensors
    State state(
            Map<String, HostTensor> into,
            String device,
            long done,
            Batches.Position position,
            Best best,
            Map<String, Double> notes) {
        return new State(
                identity(),
                device,
                done,
                position,
                parameters(into),
                states(into),
                new State.Best(
                        best.evaluation(),
                        best.step(),
                        best.misses(),
                        best.flats().isEmpty() ? Map.of() : layout.split(best.flats())),
                notes);
    }

    /// Puts a state back.
    ///
    /// @return its best evaluation
    /// @throws CheckpointException naming the first difference if it is of another training
    Best restore(State state) {
        identity().difference(state.identity()).ifPresent(difference -> {
            throw new CheckpointException("the checkpoint after step " + state.step() + " is of another training: "
                    + difference + " (here: this program, there: the checkpoint)");
        });
        Parameters.write(state.parameters(), step, layout);
        states.keySet().forEach(label -> step.write(label, state.states().get(label)));
        State.Best best = state.best();
        return new Best(
                best.evaluation(),
                best.step(),
                best.misses(),
                best.parameters().isEmpty() ? Map.of() : layout.join(best.parameters()));
    }

    /// All inputs of a step but the batch, by label: copies.
    Map<String, HostTensor> inputs() {
        Map<String, HostTensor> result = new LinkedHashMap<>(Parameters.readFlat(step, layout));
        result.putAll(states(new LinkedHashMap<>()));
        return result;
    }

    private Map<String, HostTensor> parameters(Map<String, HostTensor> into) {
        layout.flats().forEach(flat -> read(flat.label(), flat.spec(), into));
        return layout.split(into);
    }

    private Map<String, HostTensor> states(Map<String, HostTensor> into) {
        Map<String, HostTensor> result = new LinkedHashMap<>();
        states.forEach((label, spec) -> result.put(label, read(label, spec, into)));
        return result;
    }

    private HostTensor read(String label, TensorSpec spec, Map<String, HostTensor> into) {
        HostTensor tensor = into.computeIfAbsent(label, _ -> HostTensor.zeros(spec));
        step.read(label, tensor);
        return tensor;
    }
}
