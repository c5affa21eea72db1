package dagrad.models.network;

import static dagrad.models.network.NetworkException.require;

import dagrad.models.network.ScalarNetwork.Node;
import dagrad.models.network.ScalarNetwork.Output;
import dagrad.models.network.ScalarNetwork.Source;
import dagrad.models.network.ScalarNetwork.Weight;
import dagrad.tensor.Literal;
import java.util.List;
import java.util.stream.IntStream;

/// The lecture's algorithm itself, for one example, in float64: (12) node by node, then (13) node by node in
/// reverse order. All that it computes on the way is kept, for [#toText] to print.
public final class Explain {
    private final ScalarNetwork network;
    private final double[] theta;
    private final double[] inputs;
    private final double[] targets;
    private final double[][] a;
    private final double[][] r;
    private final double[][] delta;
    private final double[][] gamma;
    private final double[] gradient;

    private Explain(ScalarNetwork network, double[] theta, double[] inputs, double[] targets) {
        this.network = network;
        this.theta = theta.clone();
        this.inputs = inputs.clone();
        this.targets = targets.clone();
        int nodes = network.nodes().size();
        this.a = new double[nodes][];
        this.r = new double[nodes][];
        this.delta = new double[nodes][];
        this.gamma = new double[nodes][];
        this.gradient = new double[theta.length];
    }

    /// Evaluates a network and the gradient of its objective.
    ///
    /// @param theta d_param numbers
    /// @param inputs x: d_in numbers
    /// @param targets as many numbers as the network has targets
    /// @throws NetworkException if the numbers do not fit the network, or if it has no objective
    public static Explain of(ScalarNetwork network, double[] theta, double[] inputs, double[] targets) {
        fits("parameter", network.parameters(), theta);
        fits("input", network.inputs(), inputs);
        fits("target", network.targets(), targets);
        Explain result = new Explain(network, theta, inputs, targets);
        result.forward();
        result.backward(network.objective().orElseThrow(Explain::noObjective));
        return result;
    }

    /// The same for a network without targets.
    public static Explain of(ScalarNetwork network, double[] theta, double[] inputs) {
        return of(network, theta, inputs, new double[0]);
    }

    /// The network of a file, with the file's numbers.
    public static Explain of(NetworkFile file) {
        return of(file.network(), doubles(file.theta()), doubles(file.inputs()), doubles(file.targets()));
    }

    private static double[] doubles(Literal numbers) {
        return IntStream.range(0, numbers.size()).mapToDouble(numbers::get).toArray();
    }

    static NetworkException noObjective() {
        return new NetworkException(
                "the network names no objective, so there is nothing to differentiate; add a node that"
                        + " computes J and name it as the objective");
    }

    private static void fits(String what, List<String> names, double[] given) {
        require(
                given.length == names.size(),
                "the network has %d %ss, but %d numbers are given for them",
                names.size(),
                what,
                given.length);
    }

    /// (12)
    private void forward() {
        for (int v = 0; v < r.length; v++) {
            Node node = network.nodes().get(v);
            a[v] = new double[node.arguments().size()];
            for (int m = 0; m < a[v].length; m++) {
                a[v][m] = switch (node.arguments().get(m)) {
                    case Source.Input(int j) -> inputs[j];
                    case Source.Target(int j) -> targets[j];
                    case Source.Edge(Output tail, Weight weight) -> weight.of(theta) * r(tail);
                };
            }
            r[v] = node.activation().meaning().value(a[v]);
            delta[v] = new double[r[v].length];
        }
    }

    /// (13)
    private void backward(Output objective) {
        delta[objective.node()][objective.component()] = 1;
        for (int w = r.length - 1; w >= 0; w--) {
            Node node = network.nodes().get(w);
            gamma[w] = node.activation().meaning().pullBack(a[w], delta[w]);
            for (int m = 0; m < a[w].length; m++) {
                if (node.arguments().get(m) instanceof Source.Edge(Output tail, Weight weight)) {
                    if (weight instanceof Weight.Parameter(int p)) {
                        gradient[p] += gamma[w][m] * r(tail);
                    }
                    delta[tail.node()][tail.component()] += gamma[w][m] * weight.of(theta);
                }
            }
        }
    }

    public ScalarNetwork network() {
        return network;
    }

    /// J
    public double objective() {
        return r(network.objective().orElseThrow());
    }

    /// The network's outputs, as OutSrc picks them.
    public double[] outputs() {
        return network.outputs().stream().mapToDouble(this::r).toArray();
    }

    /// ∂J/∂θ
    public double[] gradient() {
        return gradient.clone();
    }

    double gradient(int p) {
        return gradient[p];
    }

    double theta(int p) {
        return theta[p];
    }

    double weight(Weight weight) {
        return weight.of(theta);
    }

    /// aₘ of node v.
    public double a(int v, int m) {
        return a[v][m];
    }

    /// One component of a node's output.
    public double r(Output output) {
        return r[output.node()][output.component()];
    }

    /// ∂J/∂r: what all edges from that component have added up.
    public double delta(Output output) {
        return delta[output.node()][output.component()];
    }

    /// ∂J/∂aₘ of node v.
    public double gamma(int v, int m) {
        return gamma[v][m];
    }

    /// Three tables: the forward values of every node; in reverse order δ and γ of every node, with what each
    /// edge adds to its parameter's G and to its tail's δ; and for each parameter its edges' contributions and
    /// their sum ∂J/∂θ.
    public String toText() {
        return toText(Integer.MAX_VALUE);
    }

    /// The same, each table cut off after that many lines.
    public String toText(int lines) {
        return new ExplainText(this, lines).text();
    }
}
