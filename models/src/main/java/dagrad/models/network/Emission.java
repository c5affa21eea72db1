package dagrad.models.network;

import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.models.network.Layout.Arguments;
import dagrad.models.network.Layout.Group;
import dagrad.models.network.ScalarNetwork.Output;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// Emits a network into a graph, group by group; [Lowering] tells what and why.
final class Emission {
    private final GraphBuilder g;
    private final ScalarNetwork network;
    private final Sums sums;
    private final Value theta;
    private final List<Output> asked;
    private final Layout layout;

    /// [rows, batch], by the layout's numbers.
    private final Map<Integer, Value> blocks = new HashMap<>();

    /// @param theta [d_param]
    /// @param inputs [batch, d_in]
    /// @param targets [batch, d_target]
    /// @param asked the outputs that are to be computed
    Emission(
            GraphBuilder g, Lowering lowering, Value theta, Value inputs, Optional<Value> targets, List<Output> asked) {
        this.g = g;
        this.network = lowering.network();
        this.sums = lowering.sums();
        this.theta = theta;
        this.asked = asked;
        this.layout = new Layout(network, asked);
        blocks.put(Layout.INPUTS, g.transpose(inputs));
        targets.ifPresent(t -> blocks.put(Layout.TARGETS, g.transpose(t)));
    }

    /// @return [asked, batch]
    Value rows() {
        int block = Layout.FIRST_GROUP;
        for (Group group : layout.groups()) {
            blocks.put(block++, g.scope("network", () -> lower(group)));
        }
        Rows rows = rows(
                asked.stream().mapToInt(layout::block).toArray(),
                asked.stream().mapToInt(layout::row).toArray());
        return pick(rows, Shape.of(asked.size()));
    }

    /// @return [rows of the group, batch]
    private Value lower(Group group) {
        Arguments arguments = layout.arguments(group);
        Rows rows = rows(arguments.block(), arguments.row());
        return switch (group.activation().meaning()) {
            case Meaning.OfSum sum -> sum.graph().apply(g, sums(group, arguments, rows));
            case Meaning.Joint joint -> {
                Value results = joint.lower(g, weighted(rows, arguments, nodesAndArguments(group)));
                yield g.reshape(results, group.rows(), -1);
            }
        };
    }

    private static Shape nodesAndArguments(Group group) {
        return Shape.of(group.nodes().size(), group.arguments());
    }

    /// The sum of each node's arguments, [nodes, batch].
    private Value sums(Group group, Arguments arguments, Rows rows) {
        int nodes = group.nodes().size();
        Optional<Value> weights = weights(arguments.weight());
        if (weights.isPresent() && sums.together(rows.index().length)) {
            Value heads = g.indices(arguments.head());
            return g.edgeSum(rows.source(), weights.get(), g.indices(rows.index()), heads, nodes, false);
        }
        if (group.arguments() == Group.DIFFERING) {
            Value each = weighted(rows, arguments, Shape.of(rows.index().length));
            return g.scatterAdd(g.indices(arguments.head()), each, nodes);
        }
        return g.sum(weighted(rows, arguments, nodesAndArguments(group)), 1);
    }

    /// The arguments themselves, [shape.., batch].
    private Value weighted(Rows rows, Arguments arguments, Shape shape) {
        Value tails = pick(rows, shape);
        return weights(arguments.weight())
                .map(w -> g.mul(tails, g.reshape(w, shape.concat(Shape.of(1)))))
                .orElse(tails);
    }

    // ---- rows -----------------------------------------------------------------------------------------------------

    /// Which rows of a tensor [rows, batch] are meant.
    private record Rows(Value source, int[] index) {}

    private int count(Rows rows) {
        return g.spec(rows.source()).shape().dim(0);
    }

    /// The rows themselves, [shape.., batch].
    private Value pick(Rows rows, Shape shape) {
        Shape all = shape.concat(g.spec(rows.source()).shape().sub(1, 2));
        return isIdentity(rows.index(), count(rows))
                ? g.reshape(rows.source(), all)
                : g.gather(rows.source(), g.indices(shape, rows.index()));
    }

    private static boolean isIdentity(int[] index, int count) {
        return index.length == count && IntStream.range(0, count).allMatch(i -> index[i] == i);
    }

    /// Brings the blocks together that are read. Of one that is read in part, and not alone, only that part is
    /// taken: so that what is copied for a group is never more than twice its edges, however many blocks there
    /// are.
    private Rows rows(int[] block, int[] row) {
        SortedMap<Integer, BitSet> read = new TreeMap<>();
        for (int e = 0; e < row.length; e++) {
            read.computeIfAbsent(block[e], _ -> new BitSet()).set(row[e]);
        }
        List<Value> parts = new ArrayList<>();
        Map<Integer, int[]> place = new HashMap<>();
        int offset = 0;
        for (var entry : read.entrySet()) {
            Value all = block(entry.getKey());
            int count = g.spec(all).shape().dim(0);
            int[] taken = entry.getValue().stream().toArray();
            boolean part = read.size() > 1 && 2 * taken.length < count;
            int[] kept = part ? taken : IntStream.range(0, count).toArray();
            int[] at = new int[count];
            for (int i = 0; i < kept.length; i++) {
                at[kept[i]] = offset + i;
            }
            place.put(entry.getKey(), at);
            parts.add(part ? g.gather(all, g.indices(kept)) : all);
            offset += kept.length;
        }
        int[] index = new int[row.length];
        Arrays.setAll(index, e -> place.get(block[e])[row[e]]);
        return new Rows(g.concat(0, parts.toArray(Value[]::new)), index);
    }

    private Value block(int number) {
        Value rows = blocks.get(number);
        if (rows == null) {
            throw new NetworkException("the network's outputs depend on its targets, so they cannot be predicted;"
                    + " feed the targets to the objective alone");
        }
        return rows;
    }

    /// The weight of each argument, [arguments], or nothing where all are 1.
    private Optional<Value> weights(int[] weight) {
        int parameters = network.parameters().size();
        double[] fixed = layout.fixedWeights();
        if (Arrays.stream(weight).allMatch(w -> w >= parameters && fixed[w - parameters] == 1)) {
            return Optional.empty();
        }
        TensorSpec fixedSpec = new TensorSpec(g.spec(theta).dtype(), Shape.of(fixed.length));
        boolean trained = Arrays.stream(weight).allMatch(w -> w < parameters);
        Value table = trained ? theta : g.concat(0, theta, g.constant(fixedSpec, fixed));
        return Optional.of(g.gather(table, g.indices(weight)));
    }
}
