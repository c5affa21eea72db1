package dagrad.models.network;

import static dagrad.models.network.NetworkException.require;

import dagrad.models.network.ScalarNetwork.Output;
import dagrad.models.network.ScalarNetwork.Source;
import dagrad.models.network.ScalarNetwork.Weight;
import dagrad.tensor.Literal;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Large random networks to measure with: layers of nodes, each node fed by edges from random nodes of the layer
/// before (so that parallel edges occur), each edge with a random parameter. The objective is the squared error
/// of the outputs.
///
/// The same record gives the same network and the same θ everywhere.
///
/// @param inputs d_in; each has a node that passes it on
/// @param layers of hidden nodes
/// @param width nodes in a hidden layer
/// @param fanIn edges into each node
/// @param parameters d_param, at most as many as there are edges
/// @param outputs d_out, and as many targets
/// @param skips the share of edges that come from any earlier layer instead of the one before
public record RandomNetwork(
        int inputs,
        int layers,
        int width,
        int fanIn,
        int parameters,
        int outputs,
        double skips,
        Activation activation,
        long seed) {

    /// @throws NetworkException if a number is not positive, or if there are more parameters than edges
    public RandomNetwork {
        require(
                Math.min(Math.min(inputs, layers), Math.min(width, fanIn)) > 0 && Math.min(parameters, outputs) > 0,
                "a random network needs at least one of everything: inputs, layers, nodes in a layer, edges into a node,"
                        + " parameters and outputs");
        require(
                parameters <= edges(layers, width, fanIn, outputs),
                "%d parameters for %d edges; give at most as many",
                parameters,
                edges(layers, width, fanIn, outputs));
        require(skips >= 0 && skips <= 1, "a share of skipping edges of %s; give a number from 0 to 1", skips);
    }

    /// A million edges that share ten thousand parameters: ten layers of a thousand tanh nodes with a hundred
    /// edges each, and a hundred edges into each of ten outputs.
    public static RandomNetwork ofAMillionEdges(long seed) {
        return new RandomNetwork(100, 10, 1000, 100, 10_000, 10, 0, Activation.TANH, seed);
    }

    private static long edges(int layers, int width, int fanIn, int outputs) {
        return (long) fanIn * ((long) layers * width + outputs);
    }

    /// The number of edges that carry a parameter.
    public long edges() {
        return edges(layers, width, fanIn, outputs);
    }

    public ScalarNetwork network() {
        SplittableRandom random = new SplittableRandom(seed);
        return ScalarNetwork.build(n -> {
            List<Weight> weights = new ArrayList<>();
            for (int p = 0; p < parameters; p++) {
                weights.add(n.parameter("θ" + p));
            }
            List<Output> tails = new ArrayList<>();
            for (int j = 0; j < inputs; j++) {
                tails.add(n.node("x" + j, Activation.SUM, n.input("x" + j)));
            }
            Edges edges = new Edges(weights, tails, random);
            for (int layer = 0; layer < layers; layer++) {
                int before = layer == 0 ? 0 : inputs + (layer - 1) * width;
                int count = layer == 0 ? inputs : width;
                for (int i = 0; i < width; i++) {
                    tails.add(n.node("h" + layer + "." + i, activation, edges.into(before, before + count)));
                }
            }
            List<Source> error = new ArrayList<>();
            for (int i = 0; i < outputs; i++) {
                int last = inputs + (layers - 1) * width;
                Output y = n.node("y" + i, Activation.SUM, edges.into(last, last + width));
                n.output(y);
                error.add(n.unit().times(y));
            }
            for (int i = 0; i < outputs; i++) {
                error.add(n.target("t" + i));
            }
            n.objective(n.node("J", Activation.SQUARED_ERROR, error));
        });
    }

    /// Draws edges. The first of them carry the parameters in order, so that each is carried by one.
    private final class Edges {
        private final List<Weight> weights;
        private final List<Output> tails;
        private final SplittableRandom random;
        private int drawn;

        Edges(List<Weight> weights, List<Output> tails, SplittableRandom random) {
            this.weights = weights;
            this.tails = tails;
            this.random = random;
        }

        /// Edges into one node, from tails numbered `from` (inclusive) to `to` (exclusive).
        List<Source> into(int from, int to) {
            List<Source> result = new ArrayList<>();
            for (int m = 0; m < fanIn; m++) {
                int tail = random.nextDouble() < skips ? random.nextInt(to) : random.nextInt(from, to);
                Weight weight = weights.get(drawn < parameters ? drawn : random.nextInt(parameters));
                result.add(weight.times(tails.get(tail)));
                drawn++;
            }
            return result;
        }
    }

    /// θ: normal numbers of variance 1 / fan-in, so that values keep their size from layer to layer.
    public Literal theta() {
        SplittableRandom random = new SplittableRandom(~seed);
        double[] theta = new double[parameters];
        for (int p = 0; p < parameters; p++) {
            theta[p] = random.nextGaussian() / Math.sqrt(fanIn);
        }
        return Literal.of(theta);
    }
}
