package dagrad.models.network;

import static dagrad.models.network.NetworkException.require;

import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.models.network.ScalarNetwork.Output;
import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A [ScalarNetwork] as a graph of tensors, for a batch of examples: not edge by edge, but one group of nodes
/// after the other ([Layout]), each as *gather* the tails' rows → *multiply* by the gathered weights → *sum* by
/// node → activation. An edge that shares its parameter gathers the same component of θ as others do; the adjoint
/// of that gather, a scatter-add, sums their contributions to G_p. For a group of many edges the first three steps are
/// one operation ([Sums]), for which a device may have code that goes by edges, and which is a matrix product elsewhere
/// if many of the possible edges are there.
///
/// Values are laid out [row, batch]: one row for each output component of a node, the batch contiguous. So an
/// edge reads and writes whole runs of B = batch numbers, and its indices and its weight are read once for a run.
///
/// What an ideal implementation moves in f32 for an edge in one step, rows and θ being small enough for a cache
/// (a group of a thousand nodes with 32 examples takes 128 kB), next to what the graph moves when it is executed
/// operation by operation, each of which writes its result to memory:
///
/// | pass | ideal, memory | ideal, cache | by operations, memory |
/// |---|---|---|---|
/// | forward: a = θ r, summed | 8 (two indices) | 4 + 4 B | 8 + 8 + 8 B (the gathered r is written, read) |
/// | reverse, δ += γ θ | 8 | 4 + 12 B (γ read, δ updated) | 8 + 8 B (γ θ is written, read) |
/// | reverse, G += γ r | 8 | 8 + 8 B | 12 + 4 B (r is read again) |
/// | together | 24 | 16 + 24 B | 36 + 20 B |
///
/// @param sums how the groups' sums are computed
public record Lowering(ScalarNetwork network, Sums sums) {
    /// Any objective of a network's outputs.
    @FunctionalInterface
    public interface Objective {
        /// @param outputs [batch, outputs]
        /// @param targets [batch, targets]
        /// @return a scalar
        Value of(GraphBuilder g, Value outputs, Value targets);
    }

    /// Lowers a network in the way that is likely to be the fastest.
    public static Lowering of(ScalarNetwork network) {
        return new Lowering(network, Sums.FASTER);
    }

    /// The graph of the network's own objective, with the parameter `theta` [d_param], the inputs `inputs`
    /// [batch, d_in] and `targets` [batch, d_target] (if there are any), and the outputs `loss`, the mean of J
    /// over the batch, and `outputs` [batch, d_out] (if there are any).
    ///
    /// @throws NetworkException if the network has no objective
    public Graph loss(int batch, DType dtype) {
        List<Output> asked = new ArrayList<>(network.outputs());
        asked.add(network.objective().orElseThrow(Explain::noObjective));
        return Graph.build(g -> {
            Value theta = theta(g, dtype);
            Value inputs = data(g, "inputs", dtype, batch, network.inputs().size());
            Optional<Value> targets = Optional.of(network.targets().size())
                    .filter(count -> count > 0)
                    .map(count -> data(g, "targets", dtype, batch, count));
            Value all = new Emission(g, this, theta, inputs, targets, asked).rows();
            int outputs = network.outputs().size();
            g.output("loss", g.mean(g.index(all, 0, outputs)));
            if (outputs > 0) {
                g.output("outputs", g.transpose(g.slice(all, 0, 0, outputs)));
            }
        });
    }

    /// The same for any objective of `targets` [batch, targets]; the one that the network may have is not used.
    ///
    /// @throws NetworkException if the network has no outputs, or if they depend on its targets
    public Graph loss(int batch, DType dtype, int targets, Objective objective) {
        return Graph.build(g -> {
            Value inputs = data(g, "inputs", dtype, batch, network.inputs().size());
            Value outputs = outputs(g, theta(g, dtype), inputs);
            g.output("loss", objective.of(g, outputs, data(g, "targets", dtype, batch, targets)));
            g.output("outputs", outputs);
        });
    }

    /// The graph of the outputs alone, `outputs` [batch, d_out], with `theta` and `inputs` as [#loss] has them.
    ///
    /// @throws NetworkException if the network has no outputs, or if they depend on its targets
    public Graph prediction(int batch, DType dtype) {
        return Graph.build(g -> {
            Value inputs = data(g, "inputs", dtype, batch, network.inputs().size());
            g.output("outputs", outputs(g, theta(g, dtype), inputs));
        });
    }

    /// Adds the network's outputs to a graph.
    ///
    /// @param theta [d_param]
    /// @param inputs [batch, d_in], of θ's type
    /// @return [batch, d_out]
    /// @throws NetworkException if the network has no outputs, or if they depend on its targets
    public Value outputs(GraphBuilder g, Value theta, Value inputs) {
        require(!network.outputs().isEmpty(), "the network names no outputs; only its objective can be computed");
        return g.transpose(new Emission(g, this, theta, inputs, Optional.empty(), network.outputs()).rows());
    }

    private Value theta(GraphBuilder g, DType dtype) {
        int count = network.parameters().size();
        return g.parameter("theta", new TensorSpec(dtype, Shape.of(count)));
    }

    private static Value data(GraphBuilder g, String name, DType dtype, int batch, int components) {
        return g.input(name, new TensorSpec(dtype, Shape.of(batch, components)));
    }
}
