package dagrad.ops;

import static dagrad.tensor.TensorSpec.f64;
import static dagrad.tensor.TensorSpec.i32;
import static org.assertj.core.api.Assertions.assertThat;

import dagrad.gradient.Gradients;
import dagrad.graph.ConvSpec;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Input;
import dagrad.graph.Value;
import dagrad.reference.GraphInterpreter;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Hessian-vector products as the gradient of ∇L·v, for whole networks. (The gradient of every single operation's
/// gradient is a property of [OpMatrixTest].)
class HessianTest {
    /// Of the product's size: the difference formula's error and the rounding of the gradients, divided by h.
    private static final double TOLERANCE = 1e-8;

    private record Network(String name, Graph loss) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Network> networks() {
        return Stream.of(
                network("perceptron", HessianTest::perceptron),
                network("classifier", HessianTest::classifier),
                network("attention block", HessianTest::attentionBlock),
                network("convolutional", HessianTest::convolutional));
    }

    private static Network network(String name, Consumer<GraphBuilder> body) {
        return new Network(name, Graph.build(body));
    }

    private static void perceptron(GraphBuilder g) {
        Value x = g.input("x", f64(5, 3));
        Value hidden = g.tanh(g.linear(x, g.parameter("w1", f64(4, 3)), g.parameter("b1", f64(4))));
        Value y = g.linear(hidden, g.parameter("w2", f64(2, 4)), g.parameter("b2", f64(2)));
        g.output("loss", g.meanSquaredError(y, g.input("target", f64(5, 2))));
    }

    private static void classifier(GraphBuilder g) {
        Value tokens = g.embedding(g.parameter("table", f64(7, 4)), g.input("tokens", i32(6)));
        Value normal = g.layerNorm(tokens, g.parameter("gain", f64(4)), g.parameter("bias", f64(4)), 1e-5);
        Value logits = g.linear(g.gelu(normal), g.parameter("w", f64(5, 4)));
        g.output("loss", g.crossEntropy(logits, g.input("classes", i32(6))));
    }

    private static void attentionBlock(GraphBuilder g) {
        Value x = g.input("x", f64(2, 4, 6));
        List<Value> qkv = g.split(g.linear(x, g.parameter("wqkv", f64(9, 6))), -1, 3);
        Value y = g.attention(qkv.get(0), qkv.get(1), qkv.get(2), true);
        g.output("loss", g.mean(g.logSumExp(g.linear(g.silu(y), g.parameter("w", f64(4, 3))), -1)));
    }

    private static void convolutional(GraphBuilder g) {
        Value x = g.input("x", f64(2, 2, 6, 6));
        Value hidden = g.softplus(g.conv2d(x, g.parameter("w1", f64(3, 2, 3, 3)), ConvSpec.of(1, 1)));
        Value pooled = g.avgPool2d(hidden, 2, 2, 0);
        Value up = g.convTranspose2d(pooled, g.parameter("w2", f64(3, 1, 2, 2)), ConvSpec.of(2, 0), 0);
        g.output("loss", g.mean(g.square(g.sigmoid(up))));
    }

    @ParameterizedTest
    @MethodSource("networks")
    void isTheDerivativeOfTheGradient(Network network) {
        Map<String, HostTensor> inputs = inputs(network.loss(), "v/");
        Map<String, HostTensor> product = product(network, inputs, "v/");
        double h = GradientCheck.STEP;
        Map<String, HostTensor> near = difference(gradient(network, inputs, h), gradient(network, inputs, -h));
        Map<String, HostTensor> far = difference(gradient(network, inputs, 2 * h), gradient(network, inputs, -2 * h));
        assertThat(product).isNotEmpty();
        product.forEach((label, hv) -> {
            for (long i = 0; i < hv.size(); i++) {
                double expected = (8 * near.get(label).get(i) - far.get(label).get(i)) / (12 * h);
                assertThat(Math.abs(hv.get(i) - expected))
                        .as("%s[%d] = %g, by differences %g", label, i, hv.get(i), expected)
                        .isLessThanOrEqualTo(TOLERANCE * (Math.abs(expected) + largest(product)));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("networks")
    void isSymmetric(Network network) {
        Map<String, HostTensor> inputs = inputs(network.loss(), "u/", "v/");
        double uhv = inner(product(network, inputs, "v/"), inputs, "u/");
        double vhu = inner(product(network, inputs, "u/"), inputs, "v/");
        assertThat(Math.abs(uhv - vhu)).isLessThanOrEqualTo(1e-12 * Math.abs(uhv));
        assertThat(uhv).isNotZero();
    }

    /// H v by parameter, where v are the inputs with that prefix.
    private static Map<String, HostTensor> product(Network network, Map<String, HostTensor> inputs, String prefix) {
        Graph graph = Graph.build(g -> {
            Function<Value, Value> here = g.inline(network.loss(), Map.of());
            Map<String, Value> parameters = network.loss().inputs(Input.Kind.PARAMETER);
            List<Value> wrt = parameters.values().stream().map(here).toList();
            Map<Value, Value> gradient =
                    Gradients.of(g, here.apply(network.loss().output("loss")), wrt);
            List<Value> slopes = new ArrayList<>();
            parameters.forEach((label, parameter) -> {
                Value v = g.input(prefix + label, network.loss().spec(parameter));
                slopes.add(g.sum(g.mul(gradient.get(here.apply(parameter)), v)));
            });
            Value slope = slopes.stream().reduce(g::add).orElseThrow();
            Map<Value, Value> product = Gradients.of(g, slope, wrt);
            parameters.forEach((label, parameter) -> g.output(label, product.get(here.apply(parameter))));
        });
        return GraphInterpreter.exact().evaluate(graph, inputs).outputs();
    }

    /// ∇L(θ + t v) by parameter.
    private static Map<String, HostTensor> gradient(Network network, Map<String, HostTensor> inputs, double t) {
        Map<String, HostTensor> moved = new LinkedHashMap<>(inputs);
        network.loss().inputs(Input.Kind.PARAMETER).keySet().forEach(label -> {
            HostTensor v = inputs.get("v/" + label);
            HostTensor theta = inputs.get(label).copy();
            for (long i = 0; i < theta.size(); i++) {
                theta.set(i, theta.get(i) + t * v.get(i));
            }
            moved.put(label, theta);
        });
        Map<String, HostTensor> one = Map.of("loss", HostTensor.of(f64(), 1));
        return new GradientCheck(network.loss(), moved, one).gradients();
    }

    private static Map<String, HostTensor> difference(Map<String, HostTensor> a, Map<String, HostTensor> b) {
        Map<String, HostTensor> result = new LinkedHashMap<>();
        a.forEach((label, x) -> {
            HostTensor difference = x.copy();
            for (long i = 0; i < x.size(); i++) {
                difference.set(i, x.get(i) - b.get(label).get(i));
            }
            result.put(label, difference);
        });
        return result;
    }

    private static double inner(Map<String, HostTensor> product, Map<String, HostTensor> inputs, String prefix) {
        double sum = 0;
        for (Map.Entry<String, HostTensor> entry : product.entrySet()) {
            for (long i = 0; i < entry.getValue().size(); i++) {
                sum += entry.getValue().get(i)
                        * inputs.get(prefix + entry.getKey()).get(i);
            }
        }
        return sum;
    }

    private static double largest(Map<String, HostTensor> tensors) {
        return tensors.values().stream()
                .flatMapToDouble(tensor -> Arrays.stream(tensor.doubles()))
                .map(Math::abs)
                .max()
                .orElseThrow();
    }

    /// Random values for all inputs, and for each prefix another tensor for each parameter. All tables have five
    /// rows at least.
    private static Map<String, HostTensor> inputs(Graph graph, String... prefixes) {
        Random random = new Random(graph.nodes().size());
        Map<String, HostTensor> result = new LinkedHashMap<>();
        graph.inputs().forEach((label, input) -> {
            HostTensor tensor = HostTensor.zeros(graph.spec(input));
            for (long i = 0; i < tensor.size(); i++) {
                tensor.set(i, tensor.spec().dtype() == DType.I32 ? random.nextInt(5) : random.nextGaussian());
            }
            result.put(label, tensor);
        });
        graph.inputs(Input.Kind.PARAMETER).forEach((label, parameter) -> {
            for (String prefix : prefixes) {
                HostTensor v = HostTensor.zeros(graph.spec(parameter));
                for (long i = 0; i < v.size(); i++) {
                    v.set(i, random.nextGaussian());
                }
                result.put(prefix + label, v);
            }
        });
        return result;
    }
}
