package dagrad.models.network;

import static dagrad.models.network.NetworkException.require;

import dagrad.models.network.ScalarNetwork.Node;
import dagrad.models.network.ScalarNetwork.Output;
import dagrad.models.network.ScalarNetwork.Source;
import dagrad.models.network.ScalarNetwork.Weight;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What definitions (10) and (11) demand of the parts of a network, each demand with a sentence for when it is
/// not met.
record NetworkRules(List<String> inputs, List<String> targets, List<String> parameters, List<Node> nodes) {

    /// @throws NetworkException with the first demand that is not met
    void check(List<Output> outputs, Optional<Output> objective) {
        namesDiffer("inputs", inputs);
        namesDiffer("targets", targets);
        namesDiffer("parameters", parameters);
        namesDiffer("nodes", nodes.stream().map(Node::name).toList());
        BitSet used = new BitSet();
        for (int v = 0; v < nodes.size(); v++) {
            checkNode(v, used);
        }
        int unused = used.nextClearBit(0);
        require(
                unused >= parameters.size(),
                "no edge carries the parameter \"%s\"; remove the parameter or give it an edge",
                unused < parameters.size() ? parameters.get(unused) : "");
        outputs.forEach(o -> checkTail("the network's output", o, nodes.size()));
        objective.ifPresent(o -> checkTail("the objective", o, nodes.size()));
        require(
                !outputs.isEmpty() || objective.isPresent(),
                "the network has neither an output nor an objective; name what is to be computed");
    }

    private static void namesDiffer(String what, List<String> names) {
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            require(seen.add(name), "two %s are named \"%s\"; rename one", what, name);
        }
    }

    private void checkNode(int v, BitSet usedParameters) {
        Node node = nodes.get(v);
        int count = node.arguments().size();
        require(count > 0, "node \"%s\" has no arguments; feed it from an input or an edge, or remove it", node.name());
        require(
                node.activation().accepts(count),
                "node \"%s\" has %d arguments, but %s needs an even number: predictions, then as many targets",
                node.name(),
                count,
                node.activation().text());
        for (int m = 0; m < count; m++) {
            String where = "node \"" + node.name() + "\", argument " + m;
            switch (node.arguments().get(m)) {
                case Source.Input(int j) -> checkIndex(where, "input", j, inputs.size());
                case Source.Target(int j) -> checkIndex(where, "target", j, targets.size());
                case Source.Edge(Output tail, Weight weight) -> {
                    checkTail(where, tail, v);
                    checkWeight(where, weight, usedParameters);
                }
            }
        }
    }

    private void checkWeight(String where, Weight weight, BitSet usedParameters) {
        switch (weight) {
            case Weight.Parameter(int index) -> {
                checkIndex(where, "parameter", index, parameters.size());
                usedParameters.set(index);
            }
            case Weight.Fixed(double value) ->
                require(Double.isFinite(value), "%s: the fixed weight is %s; give a finite number", where, value);
        }
    }

    private static void checkIndex(String where, String what, int index, int count) {
        require(
                index >= 0 && index < count,
                "%s: there is no %s %d; the network has %d, counted from 0",
                where,
                what,
                index,
                count);
    }

    /// @param before the tail must be one of that many first nodes
    private void checkTail(String where, Output tail, int before) {
        checkIndex(where, "node", tail.node(), nodes.size());
        Node node = nodes.get(tail.node());
        require(
                tail.node() < before,
                "%s: it is fed by node \"%s\", which does not come before it; list each node after those that feed it",
                where,
                node.name());
        require(
                tail.component() >= 0 && tail.component() < node.components(),
                "%s: node \"%s\" (%s) has no component %d; it has %d, counted from 0",
                where,
                node.name(),
                node.activation().text(),
                tail.component(),
                node.components());
    }
}
