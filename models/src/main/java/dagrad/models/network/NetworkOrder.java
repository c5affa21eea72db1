package dagrad.models.network;

import dagrad.models.network.ScalarNetwork.Node;
import dagrad.models.network.ScalarNetwork.Output;
import dagrad.models.network.ScalarNetwork.Source;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Puts nodes that were written in any order into a topological one (Tail(e) before Head(e)), which keeps the
/// written order where it can.
final class NetworkOrder {
    private final List<Node> nodes;
    private final int[] position;

    /// @param nodes with tails numbered as written; all tails exist
    /// @throws NetworkException if nodes feed each other in a cycle
    NetworkOrder(List<Node> nodes) {
        this.nodes = nodes;
        this.position = new int[nodes.size()];
        Arrays.fill(position, -1);
        List<List<Integer>> heads = new ArrayList<>();
        nodes.forEach(_ -> heads.add(new ArrayList<>()));
        int[] waiting = new int[nodes.size()];
        for (int v = 0; v < nodes.size(); v++) {
            for (int tail : tails(v)) {
                heads.get(tail).add(v);
                waiting[v]++;
            }
        }
        PriorityQueue<Integer> ready = new PriorityQueue<>();
        for (int v = 0; v < waiting.length; v++) {
            if (waiting[v] == 0) {
                ready.add(v);
            }
        }
        for (int placed = 0; placed < position.length; placed++) {
            if (ready.isEmpty()) {
                throw new NetworkException(
                        "the nodes " + cycle() + " feed each other in a cycle; remove one of these edges");
            }
            int v = ready.remove();
            position[v] = placed;
            for (int head : heads.get(v)) {
                if (--waiting[head] == 0) {
                    ready.add(head);
                }
            }
        }
    }

    private int[] tails(int v) {
        return nodes.get(v).arguments().stream()
                .mapMulti((Source source, Consumer<Integer> to) -> {
                    if (source instanceof Source.Edge edge) {
                        to.accept(edge.tail().node());
                    }
                })
                .mapToInt(tail -> tail)
                .toArray();
    }

    /// From a node that could not be placed back along tails that could not either, until one comes again.
    private String cycle() {
        List<Integer> path = new ArrayList<>();
        int v = 0;
        while (position[v] >= 0) {
            v++;
        }
        while (!path.contains(v)) {
            path.add(v);
            v = Arrays.stream(tails(v)).filter(t -> position[t] < 0).findFirst().orElseThrow();
        }
        List<Integer> cycle = new ArrayList<>(path.subList(path.indexOf(v), path.size()));
        cycle.add(v);
        Collections.reverse(cycle);
        return cycle.stream().map(n -> "\"" + nodes.get(n).name() + "\"").collect(Collectors.joining(" → "));
    }

    /// The nodes in order, with their tails renumbered.
    List<Node> sorted() {
        Node[] result = new Node[nodes.size()];
        for (int v = 0; v < result.length; v++) {
            Node node = nodes.get(v);
            List<Source> arguments =
                    node.arguments().stream().map(this::renumbered).toList();
            result[position[v]] = new Node(node.name(), node.activation(), arguments);
        }
        return List.of(result);
    }

    private Source renumbered(Source source) {
        return switch (source) {
            case Source.Input input -> input;
            case Source.Target target -> target;
            case Source.Edge(Output tail, var weight) -> new Source.Edge(renumbered(tail), weight);
        };
    }

    Output renumbered(Output output) {
        return new Output(position[output.node()], output.component());
    }
}
