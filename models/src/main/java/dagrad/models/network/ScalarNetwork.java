package dagrad.models.network;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The lecture's general network, definitions (10) and (11): nodes in topological order, each with an activation
/// and, for each argument of it, a source. Edges join a component of an earlier node's output to one argument;
/// several edges may run between the same two nodes, and several may carry the same parameter.
///
/// Two things are added to the definition. An edge may have a *fixed* weight, which is not trained. And arguments
/// may be *targets*, the part of an example that is to be predicted, so that the objective is an ordinary node
/// that comes last: −log s₂ + y₅² is a sum node, fed with weight −1 by a log node and with weight 1 by a square
/// node.
///
/// Everything is counted from 0. Names are for people: messages, [Explain] and JSON use them.
///
/// @param inputs the names of the components of x; there may be components that nothing uses
/// @param targets the names of the components of the target
/// @param parameters the names of θ's components
/// @param outputs OutSrc: the components that make up the network's output
/// @param objective the component that is J, if the network carries its objective
public record ScalarNetwork(
        List<String> inputs,
        List<String> targets,
        List<String> parameters,
        List<Node> nodes,
        List<Output> outputs,
        Optional<Output> objective) {

    /// One node v: r = g(a).
    ///
    /// @param activation g
    /// @param arguments where each component of a comes from
    public record Node(String name, Activation activation, List<Source> arguments) {
        public Node {
            arguments = List.copyOf(arguments);
        }

        /// d_ret: how many components r has.
        public int components() {
            return activation.components(arguments.size());
        }
    }

    /// NodeSrc: what feeds one argument, as (12) has it.
    public sealed interface Source {
        /// a = x_j
        record Input(int component) implements Source {}

        /// a = the target's component j.
        record Target(int component) implements Source {}

        /// a = weight · r of the tail.
        record Edge(Output tail, Weight weight) implements Source {}
    }

    /// What an edge multiplies by.
    public sealed interface Weight {
        /// Weight(e): a component of θ.
        record Parameter(int index) implements Weight {}

        /// A number that is not trained.
        record Fixed(double value) implements Weight {}

        /// The number, for a given θ.
        default double of(double[] theta) {
            return switch (this) {
                case Parameter(int index) -> theta[index];
                case Fixed(double value) -> value;
            };
        }

        /// An edge of this weight from the tail.
        default Source.Edge times(Output tail) {
            return new Source.Edge(tail, this);
        }
    }

    /// One component of a node's output.
    public record Output(int node, int component) {
        /// Another component of the same node.
        public Output component(int other) {
            return new Output(node, other);
        }
    }

    /// @throws NetworkException if the parts do not make a network; the message says which and what to do
    public ScalarNetwork {
        inputs = List.copyOf(inputs);
        targets = List.copyOf(targets);
        parameters = List.copyOf(parameters);
        nodes = List.copyOf(nodes);
        outputs = List.copyOf(outputs);
        new NetworkRules(inputs, targets, parameters, nodes).check(outputs, objective);
    }

    /// Builds a network; a perceptron with a squared error:
    ///
    /// ```java
    /// ScalarNetwork.build(n -> {
    ///     Output one = n.node("1", Activation.SUM, n.input("x"));
    ///     Output y = n.node("2", Activation.TANH, n.parameter("w").times(one));
    ///     n.output(y);
    ///     n.objective(n.node("3", Activation.SQUARED_ERROR, n.unit().times(y), n.target("t")));
    /// });
    /// ```
    ///
    /// @throws NetworkException if the parts do not make a network
    public static ScalarNetwork build(Consumer<NetworkBuilder> body) {
        NetworkBuilder builder = new NetworkBuilder();
        body.accept(builder);
        return builder.finish();
    }

    /// The number of edges, parallel ones counted each.
    public int edges() {
        return Math.toIntExact(nodes.stream()
                .flatMap(n -> n.arguments().stream())
                .filter(Source.Edge.class::isInstance)
                .count());
    }

    /// `3[1]`: the node by its name, and the component if the node has several.
    public String describe(Output output) {
        Node node = nodes.get(output.node());
        return node.components() == 1 ? node.name() : node.name() + "[" + output.component() + "]";
    }

    /// `9 nodes, 10 edges, 3 parameters`
    @Override
    public String toString() {
        return nodes.size() + " nodes, " + edges() + " edges, " + parameters.size() + " parameters";
    }
}
