package dagrad.ops;

import static dagrad.ops.Operand.f;
import static dagrad.ops.Operand.ints;

import dagrad.graph.Conv2dWeightGrad;
import dagrad.graph.ConvSpec;
import dagrad.graph.ConvTranspose2d;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Pad;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/// A gradient rule as someone might get it wrong, and as it should be. Both are rules from the first operand x,
/// another operand w, the result y and its gradient dy to the gradient of x.
///
/// @param right agrees with the slope: so it is the fault that is found, and not a mistake of the test
record Fault(String name, List<Operand> operands, Sample.Body forward, Derivative right, Derivative wrong) {
    @FunctionalInterface
    interface Derivative {
        Value emit(GraphBuilder g, Value x, Value w, Value y, Value dy);
    }

    static Stream<Fault> all() {
        return Stream.of(scalars(), products(), rows(), places()).flatMap(List::stream);
    }

    private static List<Fault> scalars() {
        List<Operand> two = List.of(f(4, 3), f(4, 3));
        return List.of(
                new Fault(
                        "wrong sign in sub",
                        two,
                        (g, in) -> List.of(g.sub(in.get(1), in.get(0))),
                        (g, x, w, y, dy) -> g.neg(dy),
                        (g, x, w, y, dy) -> dy),
                new Fault(
                        "the other operand in mul",
                        two,
                        (g, in) -> List.of(g.mul(in.get(0), in.get(1))),
                        (g, x, w, y, dy) -> g.mul(dy, w),
                        (g, x, w, y, dy) -> g.mul(dy, x)),
                new Fault(
                        "lost factor in exp",
                        two,
                        (g, in) -> List.of(g.exp(in.get(0))),
                        (g, x, w, y, dy) -> g.mul(dy, y),
                        (g, x, w, y, dy) -> dy),
                new Fault(
                        "lost square in tanh",
                        two,
                        (g, in) -> List.of(g.tanh(in.get(0))),
                        (g, x, w, y, dy) -> g.mul(dy, g.oneMinus(g.square(y))),
                        (g, x, w, y, dy) -> g.mul(dy, g.oneMinus(y))),
                new Fault(
                        "operand instead of result in sqrt",
                        List.of(f(4).in(0.3, 2), f(4)),
                        (g, in) -> List.of(g.sqrt(in.get(0))),
                        (g, x, w, y, dy) -> g.div(g.mul(dy, 0.5), y),
                        (g, x, w, y, dy) -> g.div(g.mul(dy, 0.5), x)),
                new Fault(
                        "a constant of five digits in erf",
                        two,
                        (g, in) -> List.of(g.erf(in.get(0))),
                        (g, x, w, y, dy) -> g.mul(dy, g.mul(g.exp(g.neg(g.square(x))), 2 / Math.sqrt(Math.PI))),
                        (g, x, w, y, dy) -> g.mul(dy, g.mul(g.exp(g.neg(g.square(x))), 1.12838))));
    }

    private static List<Fault> products() {
        List<Operand> square = List.of(f(3, 3), f(3, 3));
        Sample.Body product = (g, in) -> List.of(g.matmul(in.get(0), in.get(1)));
        ConvSpec conv = new ConvSpec(1, 1, 1, 1, 1, 1, 1);
        return List.of(
                new Fault(
                        "lost transpose in matmul",
                        square,
                        product,
                        (g, x, w, y, dy) -> g.matmul(dy, g.transpose(w)),
                        (g, x, w, y, dy) -> g.matmul(dy, w)),
                new Fault(
                        "swapped factors in matmul",
                        square,
                        product,
                        (g, x, w, y, dy) -> g.matmul(dy, g.transpose(w)),
                        (g, x, w, y, dy) -> g.matmul(g.transpose(w), dy)),
                new Fault(
                        "flipped kernel in conv2d",
                        List.of(f(1, 1, 3, 3), f(1, 1, 4, 4)),
                        (g, in) -> List.of(g.conv2d(in.get(1), in.get(0), conv)),
                        (g, x, w, y, dy) -> g.apply(new Conv2dWeightGrad(conv, 3, 3), w, dy),
                        (g, x, w, y, dy) -> g.transpose(g.apply(new Conv2dWeightGrad(conv, 3, 3), w, dy))),
                new Fault(
                        "convolution instead of its adjoint",
                        List.of(f(1, 1, 4, 4), f(1, 1, 3, 3)),
                        (g, in) -> List.of(g.conv2d(in.get(0), in.get(1), conv)),
                        (g, x, w, y, dy) -> g.apply(new ConvTranspose2d(conv, 4, 4), dy, w),
                        (g, x, w, y, dy) -> g.conv2d(dy, w, conv)));
    }

    private static List<Fault> rows() {
        List<Operand> rows = List.of(f(4, 3), f(4, 3));
        return List.of(
                new Fault(
                        "lost sum in softmax",
                        rows,
                        (g, in) -> List.of(g.softmax(in.get(0), -1)),
                        (g, x, w, y, dy) -> g.mul(y, g.sub(dy, g.sumKeepDims(g.mul(dy, y), -1))),
                        (g, x, w, y, dy) -> g.mul(y, dy)),
                new Fault(
                        "sum over the other axis in softmax",
                        rows,
                        (g, in) -> List.of(g.softmax(in.get(0), -1)),
                        (g, x, w, y, dy) -> g.mul(y, g.sub(dy, g.sumKeepDims(g.mul(dy, y), -1))),
                        (g, x, w, y, dy) -> g.mul(y, g.sub(dy, g.sumKeepDims(g.mul(dy, y), 0)))),
                new Fault(
                        "sum instead of mean",
                        rows,
                        (g, in) -> List.of(g.mean(in.get(0))),
                        (g, x, w, y, dy) -> g.broadcast(g.div(dy, 12), Shape.of(4, 3)),
                        (g, x, w, y, dy) -> g.broadcast(dy, Shape.of(4, 3))),
                new Fault(
                        "all elements of a row instead of the largest",
                        List.of(f(4, 3).apart(), f()),
                        (g, in) -> List.of(g.maxKeepDims(in.get(0), -1)),
                        (g, x, w, y, dy) -> g.mul(g.broadcast(dy, Shape.of(4, 3)), g.eq(x, y)),
                        (g, x, w, y, dy) -> g.broadcast(dy, Shape.of(4, 3))),
                new Fault(
                        "one use of two",
                        rows,
                        (g, in) -> List.of(g.mul(in.get(0), g.sin(in.get(0)))),
                        (g, x, w, y, dy) -> g.mul(dy, g.add(g.sin(x), g.mul(x, g.cos(x)))),
                        (g, x, w, y, dy) -> g.mul(dy, g.sin(x))));
    }

    private static List<Fault> places() {
        List<Integer> order = List.of(1, 2, 0);
        return List.of(
                new Fault(
                        "the same order instead of the inverse",
                        List.of(f(3, 3, 3), f()),
                        (g, in) -> List.of(g.permute(in.get(0), order)),
                        (g, x, w, y, dy) -> g.permute(dy, g.inverse(order)),
                        (g, x, w, y, dy) -> g.permute(dy, order)),
                new Fault(
                        "a slice put back one too late",
                        List.of(f(6), f()),
                        (g, in) -> List.of(g.slice(in.get(0), 0, 1, 4)),
                        (g, x, w, y, dy) -> g.apply(new Pad(List.of(1), List.of(2), 0), dy),
                        (g, x, w, y, dy) -> g.apply(new Pad(List.of(2), List.of(1), 0), dy)),
                new Fault(
                        "the last of two equal indices instead of their sum",
                        List.of(f(3, 2), ints(1, 0, 1)),
                        (g, in) -> List.of(g.gather(in.get(0), in.get(1))),
                        (g, x, w, y, dy) -> g.scatterAdd(w, dy, 3),
                        (g, x, w, y, dy) -> g.scatterAdd(g.slice(w, 0, 1, 3), g.slice(dy, 0, 1, 3), 3)),
                new Fault(
                        "one too few in a broadcast",
                        List.of(f(1, 3), f()),
                        (g, in) -> List.of(g.broadcast(in.get(0), Shape.of(4, 3))),
                        (g, x, w, y, dy) -> g.sumKeepDims(dy, 0),
                        (g, x, w, y, dy) -> g.sumKeepDims(g.slice(dy, 0, 0, 3), 0)));
    }

    /// The gradient of the first operand by one of the rules: inputs as the forward graph's and `dy`.
    Graph gradient(Derivative rule) {
        return Graph.build(g -> {
            Function<Value, Value> here = g.inline(graph(), Map.of());
            Map<String, Value> in = graph().inputs();
            Value y = here.apply(graph().output("out0"));
            g.output(
                    "dx",
                    rule.emit(g, here.apply(in.get("in0")), here.apply(in.get("in1")), y, g.input("dy", g.spec(y))));
        });
    }

    Graph graph() {
        return sample().graph(DType.F64);
    }

    Sample sample() {
        return new Sample(name, Optional.empty(), forward, operands, Optional.empty(), false);
    }

    @Override
    public String toString() {
        return name;
    }
}
