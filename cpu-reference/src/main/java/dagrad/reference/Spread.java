package dagrad.reference;

import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Node;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// What rounding does to the results of a whole graph: the graph evaluated several times, every element of every operation
/// somewhere at random within the bound that [RunningError] gives it, as other correct devices may have it. A bound that
/// holds for all of them would grow with the depth of the graph until it holds nothing; how far the samples are from each
/// other also knows which errors cancel (Parker, "Monte Carlo arithmetic", 1997; Vignes, "Discrete stochastic arithmetic
/// for validating results of numerical software", 2004).
final class Spread {
    /// Evaluations of the graph.
    private static final int SAMPLES = 8;

    /// How many root mean squares of the samples' deviations a device may be away. The samples are anywhere within the
    /// bounds of their operations, while a device's sums of n terms lose √n roundings rather than n: of the shipped models
    /// none was more than 0.6 away in any precision. Were its errors as large as the samples', Student's t with eight
    /// degrees of freedom would have one in 3000 beyond.
    static final double FACTOR = 6;

    private final Graph graph;
    private final Map<String, HostTensor> inputs;

    private Spread(Graph graph, Map<String, HostTensor> inputs) {
        this.graph = graph;
        this.inputs = inputs;
    }

    /// For each output the root mean square, over the samples, of the norm of its deviation from the reference.
    ///
    /// @param expected the outputs by the reference that rounds to the graph's types
    static Map<String, Double> of(
            Graph graph,
            Roundings roundings,
            Map<String, HostTensor> inputs,
            Map<String, HostTensor> expected,
            long seed) {
        Spread spread = new Spread(graph, inputs);
        Map<String, Double> squares = new LinkedHashMap<>();
        for (int i = 0; i < SAMPLES; i++) {
            Random random = new Random(seed + i);
            Map<String, Bounded> sample = spread.run(Bounds.sampled(roundings, x -> somewhere(x, random)));
            sample.forEach((name, x) -> squares.merge(name, square(x, expected.get(name)), Double::sum));
        }
        squares.replaceAll((name, sum) -> Math.sqrt(sum / SAMPLES));
        return squares;
    }

    private static double square(Bounded x, HostTensor expected) {
        double sum = 0;
        for (int i = 0; i < x.error().length; i++) {
            double apart = Elementwise.apart(x.at(i), expected.get(i));
            sum += apart * apart;
        }
        return sum;
    }

    private static Bounded somewhere(Bounded x, Random random) {
        if (x.isExact()) {
            return x;
        }
        double[] values = new double[x.error().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = x.at(i) + x.error()[i] * (2 * random.nextDouble() - 1);
        }
        Reals moved = new Reals(x.value().spec(), values);
        return Bounded.exact(x.value().spec().dtype() == DType.BF16 ? moved.rounded() : moved);
    }

    private Map<String, Bounded> run(Bounds bounds) {
        Map<Value, Bounded> values = new HashMap<>();
        Lifetimes lifetimes = Lifetimes.of(graph);
        for (Node node : graph.nodes()) {
            List<Bounded> operands = new ArrayList<>();
            node.inputs().forEach(operand -> operands.add(values.get(operand)));
            List<Bounded> results = node.op() instanceof Input input
                    ? List.of(Bounded.exact(
                            Numbers.of(input.spec(), inputs.get(input.label())).rounded()))
                    : bounds.apply(node.op(), operands);
            for (int i = 0; i < results.size(); i++) {
                values.put(node.out(i), results.get(i));
            }
            lifetimes.endingAt(node).forEach(values::remove);
        }
        Map<String, Bounded> outputs = new LinkedHashMap<>();
        graph.outputs().forEach((name, value) -> outputs.put(name, values.get(value)));
        return outputs;
    }
}
