package dagrad.ops;

import dagrad.graph.Graph;
import dagrad.graph.Pointwise;
import dagrad.graph.ScalarFn;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A point where an operation is not differentiable, or where its formula is delicate, and the gradient that is
/// agreed on there (lecture, "Where a function is not differentiable").
///
/// @param operands of the same shape: rows of numbers
/// @param gradients of the sum of the results, by each operand
record Kink(String name, Sample.Body body, List<HostTensor> operands, List<double[]> gradients) {

    static List<Kink> all() {
        List<Kink> result = new ArrayList<>(ofOne());
        result.addAll(ofTwo());
        result.addAll(ofThree());
        result.addAll(largest());
        return result;
    }

    private static List<Kink> ofOne() {
        double[] around0 = {-1, 0, 1};
        return List.of(
                kink(ScalarFn.RELU, row(around0)).gives(0, 0, 1),
                kink(ScalarFn.ABS, row(around0)).gives(-1, 0, 1),
                kink(ScalarFn.SIGN, row(around0)).gives(0, 0, 0),
                kink(ScalarFn.FLOOR, row(around0)).gives(0, 0, 0),
                kink(ScalarFn.STOP_GRADIENT, row(around0)).gives(0, 0, 0),
                kink("leaky relu", (g, x) -> List.of(g.leakyRelu(x.getFirst(), 0.25)), row(around0))
                        .gives(0.25, 0.25, 1),
                kink("elu", (g, x) -> List.of(g.elu(x.getFirst(), 1)), row(0, 1))
                        .gives(1, 1),
                kink("softplus", (g, x) -> List.of(g.softplus(x.getFirst())), row(0))
                        .gives(0.5),
                kink("clip", (g, x) -> List.of(g.clip(x.getFirst(), -1, 2)), row(-2, -1, 0, 2, 3))
                        .gives(0, 1, 1, 1, 0),
                kink("prod", (g, x) -> List.of(g.prod(x.getFirst(), 0)), row(2, 0, 3))
                        .gives(0, 6, 0),
                kink("prod", (g, x) -> List.of(g.prod(x.getFirst(), 0)), row(0, 5, 0))
                        .gives(0, 0, 0));
    }

    private static List<Kink> ofTwo() {
        return List.of(
                kink(ScalarFn.MAX, row(1, 2, 2), row(2, 2, 1)).gives(0, 1, 1).gives(1, 0, 0),
                kink(ScalarFn.MIN, row(1, 2, 2), row(2, 2, 1)).gives(1, 1, 0).gives(0, 0, 1),
                kink(ScalarFn.EQ, row(1, 2), row(2, 2)).gives(0, 0).gives(0, 0),
                kink(ScalarFn.LE, row(1, 2), row(2, 2)).gives(0, 0).gives(0, 0),
                // a^0 is 1 for every a; the slope in b is taken as 0 where a <= 0.
                kink(ScalarFn.POW, row(0, 0, 0, -2, 0), row(0, 1, 2, 3, 3))
                        .gives(0, 1, 0, 12, 0)
                        .gives(0, 0, 0, 0, 0));
    }

    private static List<Kink> ofThree() {
        return List.of(
                kink(ScalarFn.SELECT, row(0, 1, -3), row(5, 5, 5), row(6, 6, 6))
                        .gives(0, 0, 0)
                        .gives(0, 1, 1)
                        .gives(1, 0, 0),
                kink(ScalarFn.CLIP, row(-2, -1, 0, 2, 3), row(-1, -1, -1, -1, -1), row(2, 2, 2, 2, 2))
                        .gives(0, 1, 1, 1, 0)
                        .gives(1, 0, 0, 0, 0)
                        .gives(0, 0, 0, 0, 1),
                // Where the bounds are crossed, the result is the upper one.
                kink(ScalarFn.CLIP, row(-2, 0, 2), row(1, 1, 1), row(-1, -1, -1))
                        .gives(0, 0, 0)
                        .gives(0, 0, 0)
                        .gives(1, 1, 1));
    }

    private static List<Kink> largest() {
        HostTensor ties = HostTensor.of(new double[] {3, 1, 3, 2, 3, 3}, 2, 3);
        HostTensor image = HostTensor.of(new double[] {1, 7, 0, 7, 7, 0, 0, 0}, 1, 1, 2, 4);
        return List.of(
                kink("max over all", (g, x) -> List.of(g.maxOver(x.getFirst())), ties)
                        .gives(1, 0, 0, 0, 0, 0),
                kink("max over 0", (g, x) -> List.of(g.maxOver(x.getFirst(), 0)), ties)
                        .gives(1, 0, 1, 0, 1, 0),
                kink("max over 1", (g, x) -> List.of(g.maxOver(x.getFirst(), 1)), ties)
                        .gives(1, 0, 0, 0, 1, 0),
                kink(
                                "min over 1",
                                (g, x) -> List.of(g.minOver(x.getFirst(), 1)),
                                row(2, 1, 1, 5).reshape(2, 2))
                        .gives(0, 1, 1, 0),
                kink("max pool", (g, x) -> List.of(g.maxPool2d(x.getFirst(), 2, 2, 0)), image)
                        .gives(0, 1, 0, 1, 0, 0, 0, 0));
    }

    private static HostTensor row(double... values) {
        return HostTensor.of(values, values.length);
    }

    private static Kink kink(ScalarFn fn, HostTensor... operands) {
        return kink(fn.text(), (g, in) -> g.applyAll(new Pointwise(fn), in), operands);
    }

    private static Kink kink(String name, Sample.Body body, HostTensor... operands) {
        return new Kink(name, body, List.of(operands), List.of());
    }

    /// The gradient by the next operand.
    private Kink gives(double... gradient) {
        List<double[]> more = new ArrayList<>(gradients);
        more.add(gradient);
        return new Kink(name, body, operands, List.copyOf(more));
    }

    /// The sum of the results with its gradients, in a floating type: inputs `in0`, …, outputs `gradient/in0`, ….
    Graph graph(DType dtype) {
        List<TensorSpec> specs =
                operands.stream().map(x -> x.spec().withDtype(dtype)).toList();
        Graph sum = Sample.graph(specs, (g, in) -> {
            Value result = body.emit(g, in).getFirst();
            return List.of(g.sum(result));
        });
        return GradientCheck.withGradients(sum, List.of("out0"));
    }

    Map<String, HostTensor> inputs(DType dtype) {
        Map<String, HostTensor> result = new LinkedHashMap<>();
        for (HostTensor operand : operands) {
            result.put("in" + result.size(), operand.cast(dtype));
        }
        result.put("seed/out0", HostTensor.of(new TensorSpec(dtype, Shape.SCALAR), 1));
        return result;
    }

    @Override
    public String toString() {
        return name + " at " + operands;
    }
}
