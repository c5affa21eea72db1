package dagrad.network;

import dagrad.models.network.Activation;
import dagrad.models.network.NetworkBuilder;
import dagrad.models.network.ScalarNetwork;
import dagrad.models.network.ScalarNetwork.Output;
import dagrad.models.network.ScalarNetwork.Source;
import dagrad.models.network.ScalarNetwork.Weight;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Random networks with everything that the definition allows: any activation that is smooth and defined
/// everywhere, arguments from inputs, targets and edges, parallel edges, shared parameters and fixed weights,
/// tails of any depth and of several components, nodes that lead nowhere.
final class MixedNetworks {
    private static final List<Activation> SMOOTH = List.of(
            Activation.SUM,
            Activation.NEG,
            Activation.SQUARE,
            Activation.SIN,
            Activation.COS,
            Activation.ERF,
            Activation.TANH,
            Activation.SIGMOID,
            Activation.GELU,
            Activation.SILU,
            Activation.SOFTPLUS,
            Activation.PRODUCT,
            Activation.SOFTMAX,
            Activation.SQUARED_ERROR,
            Activation.CROSS_ENTROPY);

    static final int INPUTS = 2;
    static final int TARGETS = 2;

    private final Random random;
    private final NetworkBuilder n;
    private final List<Output> tails = new ArrayList<>();
    private final List<Weight> weights = new ArrayList<>();

    private MixedNetworks(long seed, NetworkBuilder n) {
        this.random = new Random(seed);
        this.n = n;
    }

    /// @param nodes besides one for each parameter, which carries it for certain
    static ScalarNetwork draw(int nodes, int parameters, long seed) {
        return ScalarNetwork.build(n -> new MixedNetworks(seed, n).draw(nodes, parameters));
    }

    private void draw(int nodes, int parameters) {
        List<Source> given = List.of(n.input("x0"), n.input("x1"), n.target("t0"), n.target("t1"));
        tails.add(n.node("start", Activation.SUM, given));
        for (int p = 0; p < parameters; p++) {
            weights.add(n.parameter("θ" + p));
            tails.add(n.node("carrier" + p, Activation.TANH, weights.getLast().times(any(tails))));
        }
        weights.add(n.unit());
        weights.add(n.fixed(-0.5));
        for (int v = 0; v < nodes; v++) {
            Activation activation = any(SMOOTH);
            List<Source> arguments = new ArrayList<>();
            int count = activation.accepts(1) ? 1 + random.nextInt(4) : 2 * (1 + random.nextInt(2));
            for (int m = 0; m < count; m++) {
                arguments.add(random.nextInt(6) == 0 ? any(given) : any(weights).times(any(tails)));
            }
            Output output = n.node("n" + v, activation, arguments);
            for (int i = 0; i < activation.components(count); i++) {
                tails.add(output.component(i));
            }
        }
        List<Source> last = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Output tail = any(tails);
            n.output(tail);
            last.add(any(weights).times(tail));
        }
        n.objective(n.node("J", Activation.SUM, last));
    }

    private <T> T any(List<T> choice) {
        return choice.get(random.nextInt(choice.size()));
    }
}
