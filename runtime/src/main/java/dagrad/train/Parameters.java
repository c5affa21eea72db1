package dagrad.train;

import dagrad.backend.Executable;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.optimizer.FlatLayout;
import dagrad.optimizer.StepGraph;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/// Parameters by name, on their way to and from the flat tensors of an executable.
public final class Parameters {
    private Parameters() {}

    /// Parameters as they begin. Each draws from a stream of its own, so that one more parameter, or another order,
    /// leaves the others as they were.
    public static Map<String, HostTensor> initial(Model model, FlatLayout layout, long seed) {
        Map<String, HostTensor> result = new LinkedHashMap<>();
        layout.parameters()
                .forEach((name, spec) -> result.put(
                        name, model.initializer(name, spec).tensor(spec, new SplittableRandom(mixed(seed, name)))));
        return result;
    }

    /// The model's states as they begin, by label.
    static Map<String, HostTensor> initialStates(Model model, Graph step, long seed) {
        Map<String, HostTensor> result = new LinkedHashMap<>();
        step.inputs(Input.Kind.STATE).forEach((label, value) -> {
            if (isModelState(label) && !label.startsWith("random/")) {
                TensorSpec spec = step.spec(value);
                result.put(label, model.state(label, spec).tensor(spec, new SplittableRandom(mixed(seed, label))));
            }
        });
        return result;
    }

    /// Whether a state is the graph's that is trained, and not the optimizer's.
    static boolean isModelState(String label) {
        return !label.startsWith("optimizer/");
    }

    /// FNV-1a over the name, begun from the seed.
    private static long mixed(long seed, String name) {
        long hash = 0xcbf29ce484222325L ^ seed;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash ^ name.charAt(i)) * 0x100000001b3L;
        }
        return hash;
    }

    /// Copies of an executable's flat tensors.
    static Map<String, HostTensor> readFlat(Executable from, FlatLayout layout) {
        Map<String, HostTensor> flats = new LinkedHashMap<>();
        layout.flats().forEach(flat -> flats.put(flat.label(), from.read(flat.label())));
        return flats;
    }

    /// The moving averages of the flat tensors, under these tensors' labels.
    static Map<String, HostTensor> readAverages(Executable from, FlatLayout layout) {
        Map<String, HostTensor> flats = new LinkedHashMap<>();
        layout.flats().forEach(flat -> flats.put(flat.label(), from.read(flat.stateLabel(StepGraph.AVERAGE))));
        return flats;
    }

    /// @throws IllegalArgumentException if a parameter is missing or has another spec
    public static void write(Map<String, HostTensor> parameters, Executable to, FlatLayout layout) {
        layout.join(parameters).forEach(to::write);
    }
}
