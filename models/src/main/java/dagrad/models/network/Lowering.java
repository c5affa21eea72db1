package dagrad.models.network;

import static dagrad.models.network.NetworkException.require;

import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.models.network.Layout.Arguments;
import dagrad.models.network.Layout.Group;
import dagrad.models.network.ScalarNetwork.Output;
import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A [ScalarNetwork] as a graph of tensors, for a batch of examples: not edge by edge, but one group of nodes
/// after the other ([Layout]), each as *gather* the tails' rows → *multiply* by the gathered weights → *sum* by
/// node → activation. An edge that shares its parameter gathers the same component of θ as others do; the adjoint
/// of that gather, a scatter-add, sums their contributions to G_p.
///
/// Values are laid out [row, batch]: one row for each output component of a node, the batch contiguous. So an
/// edge reads and writes whole runs of `batch` numbers, its indices are read once for the batch, and its weight
/// is one number for the run.
///
/// What an ideal implementation moves, in f32, for each edge and step (E edges, B examples; node values are E /
/// fan-in and do not count):
///
/// | pass | indices | weights | rows |
/// |---|---|---|---|
/// | forward | 4 (tail) + 4 (parameter) | 4 (θ) | 4 B read |
/// | reverse, δ of the tails | 4 + 4 | 4 (θ) | 4 B read (γ is its head's), 8 B read and written |
/// | reverse, G_p | 4 + 4 | 8 (G_p read and written) | 4 B read (γ stays in registers along a head's edges) |
///
/// So 36 + 20 B bytes; rows come from cache where a group's tails fit there. Executed operation by operation the
/// products a [E, B] are written and read again, which adds 8 B forward and as much in reverse.
public final class Lowering {
    /// Any objective of a network's outputs.
    @FunctionalInterface
    public interface Objective {
        /// @param outputs [batch, outputs]
        /// @param targets [batch, targets]
        /// @return a scalar
        Value of(GraphBuilder g, Value outputs, Value targets);
    }

    private final GraphBuilder g;
    private final ScalarNetwork network;
    private final Layout layout;
    private final Value theta;
    private final Map<Integer, Value> blocks = new HashMap<>();

    private Lowering(GraphBuilder g, ScalarNetwork network, List<Output> asked, Value theta) {
        this.g = g;
        this.network = network;
        this.theta = theta;
        this.layout = new Layout(network, asked);
    }

    /// The graph of the network's own objective, with the parameter `theta` [d_param], the inputs `inputs`
    /// [batch, d_in] and `targets` [batch, d_target] (if there are any), and the outputs `loss`, the mean of J
    /// over the batch, and `outputs` [batch, d_out] (if there are any).
    ///
    /// @throws NetworkException if the network has no objective
    public static Graph loss(ScalarNetwork network, int batch, DType dtype) {
        Output objective = network.objective().orElseThrow(Explain::noObjective);
        return Graph.build(g -> {
            List<Output> asked = new ArrayList<>(network.outputs());
            asked.add(objective);
            Value theta = theta(g, network, dtype);
            Value inputs = data(g, "inputs", dtype, batch, network.inputs().size());
            Optional<Value> targets = network.targets().isEmpty()
                    ? Optional.empty()
                    : Optional.of(
                            data(g, "targets", dtype, batch, network.targets().size()));
            Value all = lower(g, network, asked, theta, inputs, targets);
            int outputs = network.outputs().size();
            g.output("loss", g.mean(g.index(all, 0, outputs)));
            if (outputs > 0) {
                g.output("outputs", g.transpose(g.slice(all, 0, 0, outputs)));
            }
        });
    }

    /// The same for any objective; the one that the network may have is not used.
    public static Graph loss(ScalarNetwork network, int batch, DType dtype, int targets, Objective objective) {
        return Graph.build(g -> {
            Value theta = theta(g, network, dtype);
            Value outputs = outputs(
                    g,
                    network,
                    theta,
                    data(g, "inputs", dtype, batch, network.inputs().size()));
            g.output("loss", objective.of(g, outputs, data(g, "targets", dtype, batch, targets)));
            g.output("outputs", outputs);
        });
    }

    /// Adds the network's outputs to a graph.
    ///
    /// @param theta [d_param]
    /// @param inputs [batch, d_in], of θ's type
    /// @return [batch, d_out]
    /// @throws NetworkException if there are none, or if they depend on targets
    public static Value outputs(GraphBuilder g, ScalarNetwork network, Value theta, Value inputs) {
        require(!network.outputs().isEmpty(), "the network names no outputs; only its objective can be computed");
        return g.transpose(lower(g, network, network.outputs(), theta, inputs, Optional.empty()));
    }

    private static Value theta(GraphBuilder g, ScalarNetwork network, DType dtype) {
        return g.parameter(
                "theta", new TensorSpec(dtype, Shape.of(network.parameters().size())));
    }

    private static Value data(GraphBuilder g, String name, DType dtype, int batch, int components) {
        return g.input(name, new TensorSpec(dtype, Shape.of(batch, components)));
    }

    /// @return [asked, batch]
    private static Value lower(
            GraphBuilder g,
            ScalarNetwork network,
            List<Output> asked,
            Value theta,
            Value inputs,
            Optional<Value> targets) {
        Lowering lowering = new Lowering(g, network, asked, theta);
        lowering.blocks.put(Layout.INPUTS, g.transpose(inputs));
        targets.ifPresent(t -> lowering.blocks.put(Layout.TARGETS, g.transpose(t)));
        int block = Layout.FIRST_GROUP;
        for (Group group : lowering.layout.groups()) {
            lowering.blocks.put(block++, g.scope("network", () -> lowering.lower(group)));
        }
        return lowering.rows(
                asked.stream().mapToInt(lowering.layout::block).toArray(),
                asked.stream().mapToInt(lowering.layout::row).toArray());
    }

    /// @return [rows of the group, batch]
    private Value lower(Group group) {
        Arguments arguments = layout.arguments(group);
        Value a = rows(arguments.block(), arguments.row());
        Value weighted = weights(arguments.weight()).map(w -> g.mul(a, w)).orElse(a);
        int batch = g.spec(a).shape().dim(1);
        return switch (group.activation().meaning()) {
            case Meaning.OfSum sum -> sum.graph().apply(g, sums(group, arguments, weighted));
            case Meaning.Joint joint -> {
                Value nodes = g.reshape(weighted, group.nodes().size(), group.arguments(), batch);
                yield g.reshape(joint.lower(g, nodes), group.rows(), batch);
            }
        };
    }

    /// Sums over each node's arguments: as an axis where all have equally many, else by the number of the node.
    private Value sums(Group group, Arguments arguments, Value a) {
        int nodes = group.nodes().size();
        return switch (group.arguments()) {
            case 1 -> a;
            case Group.DIFFERING -> g.scatterAdd(g.indices(arguments.head()), a, nodes);
            default -> g.sum(g.reshape(a, nodes, group.arguments(), -1), 1);
        };
    }

    /// One row for each argument: [arguments, batch].
    private Value rows(int[] block, int[] row) {
        int[] used = Layout.blocksOf(block);
        Value[] parts = new Value[used.length];
        int[] index = new int[row.length];
        int offset = 0;
        for (int i = 0; i < used.length; i++) {
            Value rows = block(used[i]);
            int[] read = Layout.rowsOf(used[i], block, row);
            int all = g.spec(rows).shape().dim(0);
            boolean part = used.length > 1 && 2 * read.length < all;
            for (int e = 0; e < row.length; e++) {
                if (block[e] == used[i]) {
                    index[e] = offset + (part ? Arrays.binarySearch(read, row[e]) : row[e]);
                }
            }
            parts[i] = part ? g.gather(rows, g.indices(read)) : rows;
            offset += part ? read.length : all;
        }
        Value source = g.concat(0, parts);
        return isIdentity(index, offset) ? source : g.gather(source, g.indices(index));
    }

    private Value block(int number) {
        Value rows = blocks.get(number);
        if (rows == null) {
            throw new NetworkException(
                    "the network's outputs depend on its targets, so they cannot be predicted; feed the"
                            + " targets to the objective alone");
        }
        return rows;
    }

    private static boolean isIdentity(int[] index, int count) {
        boolean identity = index.length == count;
        for (int i = 0; i < index.length && identity; i++) {
            identity = index[i] == i;
        }
        return identity;
    }

    /// [arguments, 1], or nothing where all are 1.
    private Optional<Value> weights(int[] weight) {
        int parameters = network.parameters().size();
        double[] fixed = layout.fixedWeights();
        if (Arrays.stream(weight).allMatch(w -> w >= parameters && fixed[w - parameters] == 1)) {
            return Optional.empty();
        }
        DType dtype = g.spec(theta).dtype();
        boolean trained = Arrays.stream(weight).allMatch(w -> w < parameters);
        Value table =
                trained ? theta : g.concat(0, theta, g.constant(new TensorSpec(dtype, Shape.of(fixed.length)), fixed));
        return Optional.of(g.unsqueeze(g.gather(table, g.indices(weight)), 1));
    }
}
