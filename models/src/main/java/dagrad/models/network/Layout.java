package dagrad.models.network;

import dagrad.models.network.ScalarNetwork.Node;
import dagrad.models.network.ScalarNetwork.Output;
import dagrad.models.network.ScalarNetwork.Source;
import dagrad.models.network.ScalarNetwork.Weight;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Which nodes are computed together, and where their outputs lie: nodes of one depth (the longest path from the
/// arguments) and one kind make a group, and the outputs of a group are the rows of one block. The inputs and the
/// targets are blocks too. Nodes on which nothing depends that is asked for are left out.
final class Layout {
    static final int INPUTS = 0;
    static final int TARGETS = 1;
    static final int FIRST_GROUP = 2;

    /// Nodes that are computed together, after all earlier groups; their block is the group's number plus
    /// [#FIRST_GROUP].
    ///
    /// @param arguments how many each of them has, or [#DIFFERING]
    record Group(Activation activation, int arguments, List<Node> nodes) {
        static final int DIFFERING = -1;

        int rows() {
            return nodes.stream().mapToInt(Node::components).sum();
        }
    }

    /// The arguments of a group, in the order of its nodes: argument e is row `row[e]` of block `block[e]`, times
    /// weight `weight[e]`: below d_param a parameter, from there on a fixed one.
    ///
    /// @param head the node within the group
    record Arguments(int[] block, int[] row, int[] weight, int[] head) {}

    /// Depth first, so that groups come in the order in which they can be computed.
    private record Key(int depth, Activation activation, int arguments) {
        static final Comparator<Key> ORDER = Comparator.comparingInt(Key::depth)
                .thenComparing(Key::activation)
                .thenComparingInt(Key::arguments);
    }

    private final ScalarNetwork network;
    private final List<Group> groups = new ArrayList<>();
    private final int[] blockOf;
    private final int[] firstRow;
    private final Map<Double, Integer> fixed = new LinkedHashMap<>();

    /// @param asked the outputs that are to be computed
    Layout(ScalarNetwork network, List<Output> asked) {
        this.network = network;
        this.blockOf = new int[network.nodes().size()];
        this.firstRow = new int[network.nodes().size()];
        BitSet needed = ancestors(network, asked);
        int[] depth = new int[network.nodes().size()];
        Map<Key, List<Integer>> members = new TreeMap<>(Key.ORDER);
        for (int v = 0; v < depth.length; v++) {
            Node node = network.nodes().get(v);
            depth[v] = 1;
            for (Source source : node.arguments()) {
                if (source instanceof Source.Edge edge) {
                    depth[v] = Math.max(depth[v], depth[edge.tail().node()] + 1);
                }
            }
            if (needed.get(v)) {
                members.computeIfAbsent(key(depth[v], node), _ -> new ArrayList<>())
                        .add(v);
            }
        }
        members.forEach((key, nodes) -> place(key.activation(), nodes));
    }

    private static BitSet ancestors(ScalarNetwork network, List<Output> asked) {
        BitSet needed = new BitSet();
        asked.forEach(o -> needed.set(o.node()));
        for (int v = needed.length() - 1; v >= 0; v = needed.previousSetBit(v - 1)) {
            for (Source source : network.nodes().get(v).arguments()) {
                if (source instanceof Source.Edge edge) {
                    needed.set(edge.tail().node());
                }
            }
        }
        return needed;
    }

    /// A function of the sum can be computed for nodes of any numbers of arguments at once; others only for equal
    /// ones.
    private static Key key(int depth, Node node) {
        return switch (node.activation().meaning()) {
            case Meaning.OfSum _ -> new Key(depth, node.activation(), Group.DIFFERING);
            case Meaning.Joint _ ->
                new Key(depth, node.activation(), node.arguments().size());
        };
    }

    private void place(Activation activation, List<Integer> members) {
        int row = 0;
        for (int v : members) {
            blockOf[v] = FIRST_GROUP + groups.size();
            firstRow[v] = row;
            row += network.nodes().get(v).components();
        }
        List<Node> nodes = members.stream().map(network.nodes()::get).toList();
        int[] counts =
                nodes.stream().mapToInt(n -> n.arguments().size()).distinct().toArray();
        groups.add(new Group(activation, counts.length == 1 ? counts[0] : Group.DIFFERING, nodes));
    }

    List<Group> groups() {
        return groups;
    }

    int block(Output output) {
        return blockOf[output.node()];
    }

    int row(Output output) {
        return firstRow[output.node()] + output.component();
    }

    /// The fixed weights that arguments have been found to have so far; weight d_param + i is the i-th.
    double[] fixedWeights() {
        return fixed.keySet().stream().mapToDouble(w -> w).toArray();
    }

    /// What feeds a group, edge by edge.
    Arguments arguments(Group group) {
        int count = group.nodes().stream().mapToInt(n -> n.arguments().size()).sum();
        Arguments result = new Arguments(new int[count], new int[count], new int[count], new int[count]);
        int e = 0;
        for (int head = 0; head < group.nodes().size(); head++) {
            for (Source source : group.nodes().get(head).arguments()) {
                put(result, e, source);
                result.head()[e++] = head;
            }
        }
        return result;
    }

    private void put(Arguments to, int e, Source source) {
        switch (source) {
            case Source.Input(int j) -> put(to, e, INPUTS, j, fixedWeight(1));
            case Source.Target(int j) -> put(to, e, TARGETS, j, fixedWeight(1));
            case Source.Edge(Output tail, Weight weight) -> put(to, e, block(tail), row(tail), number(weight));
        }
    }

    private static void put(Arguments to, int e, int block, int row, int weight) {
        to.block()[e] = block;
        to.row()[e] = row;
        to.weight()[e] = weight;
    }

    private int number(Weight weight) {
        return switch (weight) {
            case Weight.Parameter(int index) -> index;
            case Weight.Fixed(double value) -> fixedWeight(value);
        };
    }

    private int fixedWeight(double value) {
        return network.parameters().size() + fixed.computeIfAbsent(value, _ -> fixed.size());
    }
}
