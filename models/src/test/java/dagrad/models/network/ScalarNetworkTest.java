package dagrad.models.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.models.network.ScalarNetwork.Node;
import dagrad.models.network.ScalarNetwork.Output;
import dagrad.models.network.ScalarNetwork.Source;
import dagrad.models.network.ScalarNetwork.Weight;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ScalarNetworkTest {
    @Test
    void countsParallelEdges() {
        ScalarNetwork network = ScalarNetwork.build(n -> {
            Output one = n.node("1", Activation.SUM, n.input("x"));
            Weight w = n.parameter("w");
            n.output(n.node(
                    "2", Activation.TANH, w.times(one), w.times(one), n.unit().times(one)));
        });

        assertThat(network).hasToString("2 nodes, 3 edges, 1 parameters");
        assertThat(network.parameters()).containsExactly("w");
    }

    @Test
    void isAValue() {
        assertThat(small()).isEqualTo(small()).hasSameHashCodeAs(small());
    }

    private static ScalarNetwork small() {
        return ScalarNetwork.build(n -> n.output(n.node("1", Activation.SOFTMAX, n.input("x"), n.input("y"))));
    }

    private static void refuses(Consumer<NetworkBuilder> body, String message) {
        assertThatThrownBy(() -> ScalarNetwork.build(body))
                .isInstanceOf(NetworkException.class)
                .hasMessage(message);
    }

    private static void refuses(List<Node> nodes, List<Output> outputs, String message) {
        assertThatThrownBy(() ->
                        new ScalarNetwork(List.of("x"), List.of(), List.of("w"), nodes, outputs, Optional.empty()))
                .isInstanceOf(NetworkException.class)
                .hasMessage(message);
    }

    private static Node node(String name, Source... arguments) {
        return new Node(name, Activation.SUM, List.of(arguments));
    }

    private static Source edge(int tail, int component, int parameter) {
        return new Source.Edge(new Output(tail, component), new Weight.Parameter(parameter));
    }

    @Test
    void refusesDanglingTails() {
        List<Output> first = List.of(new Output(0, 0));
        refuses(
                List.of(node("1", edge(1, 0, 0)), node("2", new Source.Input(0))),
                first,
                "node \"1\", argument 0: it is fed by node \"2\", which does not come before it; list each node after"
                        + " those that feed it");
        refuses(
                List.of(node("1", new Source.Input(0)), node("2", edge(0, 0, 0), edge(9, 0, 0))),
                first,
                "node \"2\", argument 1: there is no node 9; the network has 2, counted from 0");
        refuses(
                List.of(node("1", new Source.Input(0)), node("2", edge(0, 1, 0))),
                first,
                "node \"2\", argument 0: node \"1\" (sum) has no component 1; it has 1, counted from 0");
        refuses(
                List.of(node("1", edge(0, 0, 0))),
                first,
                "node \"1\", argument 0: it is fed by node \"1\", which does not come before it; list each node after"
                        + " those that feed it");
    }

    @Test
    void refusesIndicesOutOfRange() {
        List<Output> first = List.of(new Output(0, 0));
        refuses(
                List.of(node("1", new Source.Input(1))),
                first,
                "node \"1\", argument 0: there is no input 1; the network has 1, counted from 0");
        refuses(
                List.of(node("1", new Source.Target(-1))),
                first,
                "node \"1\", argument 0: there is no target -1; the network has 0, counted from 0");
        refuses(
                List.of(node("1", new Source.Input(0)), node("2", edge(0, 0, 1))),
                first,
                "node \"2\", argument 0: there is no parameter 1; the network has 1, counted from 0");
        refuses(
                List.of(node("1", new Source.Input(0)), node("2", edge(0, 0, 0))),
                List.of(new Output(2, 0)),
                "the network's output: there is no node 2; the network has 2, counted from 0");
        refuses(
                List.of(node("1", new Source.Input(0)), node("2", edge(0, 0, 0))),
                List.of(new Output(1, 1)),
                "the network's output: node \"2\" (sum) has no component 1; it has 1, counted from 0");
    }

    @Test
    void refusesWhatIsUnusedOrMissing() {
        refuses(
                n -> {
                    n.parameter("w");
                    n.output(n.node("1", Activation.SUM, n.input("x")));
                },
                "no edge carries the parameter \"w\"; remove the parameter or give it an edge");
        refuses(
                n -> n.node("1", Activation.SUM, n.input("x")),
                "the network has neither an output nor an objective; name what is to be computed");
        refuses(
                n -> n.output(n.node("1", Activation.SUM)),
                "node \"1\" has no arguments; feed it from an input or an edge, or remove it");
        refuses(
                n -> n.objective(n.node("J", Activation.SQUARED_ERROR, n.input("a"), n.input("b"), n.input("c"))),
                "node \"J\" has 3 arguments, but squared_error needs an even number: predictions, then as many targets");
        refuses(
                n -> n.output(n.node(
                        "1", Activation.SUM, n.fixed(Double.NaN).times(n.node("0", Activation.SUM, n.input("x"))))),
                "node \"1\", argument 0: the fixed weight is NaN; give a finite number");
    }

    @Test
    void refusesNamesThatAreTaken() {
        refuses(
                n -> {
                    n.node("1", Activation.SUM, n.input("x"));
                    n.output(n.node("1", Activation.SUM, n.input("x")));
                },
                "two nodes are named \"1\"; rename one");
        refuses(
                n -> {
                    Output one = n.node("1", Activation.SUM, n.input("x"));
                    n.objective(one);
                    n.objective(one);
                },
                "a second objective; add the two up in a sum node");
    }
}
