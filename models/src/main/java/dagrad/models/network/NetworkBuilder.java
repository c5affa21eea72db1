package dagrad.models.network;

import dagrad.models.network.ScalarNetwork.Node;
import dagrad.models.network.ScalarNetwork.Output;
import dagrad.models.network.ScalarNetwork.Source;
import dagrad.models.network.ScalarNetwork.Weight;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Builds a [ScalarNetwork]; [ScalarNetwork#build] hands one out. A node can only be fed by nodes that are there
/// already, so the order in which they are added is a topological one.
public final class NetworkBuilder {
    private final Map<String, Integer> inputs = new LinkedHashMap<>();
    private final Map<String, Integer> targets = new LinkedHashMap<>();
    private final Map<String, Integer> parameters = new LinkedHashMap<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<Output> outputs = new ArrayList<>();
    private Optional<Output> objective = Optional.empty();

    NetworkBuilder() {}

    /// The component of x of that name; the first mention of a name adds the component.
    public Source input(String name) {
        return new Source.Input(inputs.computeIfAbsent(name, _ -> inputs.size()));
    }

    /// The component of the target of that name; the first mention of a name adds the component.
    public Source target(String name) {
        return new Source.Target(targets.computeIfAbsent(name, _ -> targets.size()));
    }

    /// The parameter of that name; the first mention of a name adds the parameter. Edges share it by using it
    /// again.
    public Weight parameter(String name) {
        return new Weight.Parameter(parameters.computeIfAbsent(name, _ -> parameters.size()));
    }

    /// A weight that is not trained.
    public Weight fixed(double value) {
        return new Weight.Fixed(value);
    }

    /// The fixed weight 1.
    public Weight unit() {
        return fixed(1);
    }

    /// Adds a node.
    ///
    /// @return the first component of its output; [Output#component] gives the others
    public Output node(String name, Activation activation, Source... arguments) {
        return node(name, activation, List.of(arguments));
    }

    public Output node(String name, Activation activation, List<Source> arguments) {
        nodes.add(new Node(name, activation, arguments));
        return new Output(nodes.size() - 1, 0);
    }

    /// Adds a component to the network's output.
    public void output(Output output) {
        outputs.add(output);
    }

    /// Names the component that is J.
    ///
    /// @throws NetworkException if there is an objective already
    public void objective(Output output) {
        NetworkException.require(objective.isEmpty(), "a second objective; add the two up in a sum node");
        objective = Optional.of(output);
    }

    ScalarNetwork finish() {
        return new ScalarNetwork(
                List.copyOf(inputs.keySet()),
                List.copyOf(targets.keySet()),
                List.copyOf(parameters.keySet()),
                nodes,
                outputs,
                objective);
    }
}
