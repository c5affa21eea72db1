package dagrad.schedule;

import dagrad.gradient.Gradients;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Input;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Graphs made up at random. A program is a list of numbers, each of which adds an operation on values made before
/// it, so a failing program shrinks to a short one; equal programs make equal graphs.
///
/// Shapes are small (extents 0 to 6, empty tensors among them); numbers stay in a range where few functions overflow.
final class RandomGraphs {
    private static final DType FLOAT = DType.F32;

    private RandomGraphs() {}

    /// Values and views of them alone, and at last something that is computed of each kind of reader.
    static Graph views(List<Integer> program) {
        return Graph.build(g -> {
            RandomSteps steps = new RandomSteps(g, inputs(g));
            program.forEach(code -> steps.view(new Random(code)));
            Random r = new Random(program.hashCode());
            for (int i = 0; i < 4; i++) {
                Value x = steps.floating(r);
                Value y = switch (i) {
                    case 0 -> g.tanh(x);
                    case 1 -> steps.reduce(x, r);
                    case 2 -> steps.product(x, r);
                    default -> steps.join(x, r);
                };
                g.output("out" + i, y);
            }
            g.output("view", steps.last());
        });
    }

    /// Any operations, some of the values as outputs, and updates of states by values of any kind, among them other
    /// states and values computed from them.
    static Graph any(List<Integer> program) {
        return Graph.build(g -> {
            RandomSteps steps = new RandomSteps(g, inputs(g));
            program.forEach(code -> steps.any(code));
            Random r = new Random(program.hashCode());
            outputs(g, steps, r);
            updates(g, steps, r);
        });
    }

    /// A loss of any operations with the gradients by its parameters, some of which are also taken as a step.
    static Graph withGradients(List<Integer> program) {
        return Graph.build(g -> {
            RandomSteps steps = new RandomSteps(g, inputs(g));
            program.forEach(code -> steps.any(code));
            Random r = new Random(program.hashCode());
            Value loss = g.mean(g.square(steps.floating(r)));
            for (int i = 0; i < 3; i++) {
                loss = g.add(loss, g.sum(g.tanh(steps.floating(r))));
            }
            g.output("loss", loss);
            Map<String, Value> parameters = new LinkedHashMap<>();
            g.snapshot(Map.of()).inputs(Input.Kind.PARAMETER).forEach(parameters::put);
            Map<Value, Value> gradients = Gradients.of(g, loss, parameters.values());
            parameters.forEach((name, parameter) -> {
                Value gradient = gradients.get(parameter);
                g.output("gradient of " + name, gradient);
                if (r.nextBoolean()) {
                    g.update(parameter, g.sub(parameter, g.mul(gradient, 0.1)));
                }
            });
            outputs(g, steps, r);
        });
    }

    private static List<Value> inputs(GraphBuilder g) {
        return new ArrayList<>(List.of(
                g.input("x", new TensorSpec(FLOAT, Shape.of(2, 3, 4))),
                g.input("image", new TensorSpec(FLOAT, Shape.of(1, 2, 4, 5))),
                g.input("numbers", TensorSpec.i32(4)),
                g.parameter("w", new TensorSpec(FLOAT, Shape.of(4, 3))),
                g.parameter("b", new TensorSpec(FLOAT, Shape.of(3))),
                g.state("s", new TensorSpec(FLOAT, Shape.of(2, 3))),
                g.state("t", new TensorSpec(FLOAT, Shape.of(2, 3))),
                g.state("u", new TensorSpec(FLOAT, Shape.of(3, 2))),
                g.state("c", TensorSpec.i32()),
                g.constant(new TensorSpec(FLOAT, Shape.of(2, 3)), 0.5, -1, 2, 0.25, 3, -0.125),
                g.constant(new TensorSpec(FLOAT, Shape.of(3)), 0.7),
                g.constant(new TensorSpec(FLOAT, Shape.SCALAR), -1)));
    }

    private static void outputs(GraphBuilder g, RandomSteps steps, Random r) {
        g.output("last", steps.last());
        int count = r.nextInt(4);
        for (int i = 0; i < count; i++) {
            g.output("out" + i, steps.anything(r));
        }
    }

    private static void updates(GraphBuilder g, RandomSteps steps, Random r) {
        Map<String, Value> kept = new LinkedHashMap<>();
        g.snapshot(Map.of()).inputs(Input.Kind.STATE, Input.Kind.PARAMETER).forEach(kept::put);
        kept.forEach((name, state) -> {
            if (r.nextInt(4) != 0 && !name.startsWith("random/")) {
                steps.ofSpec(g.spec(state), r).ifPresent(value -> g.update(state, value));
            }
        });
    }

    /// Values for a graph's inputs.
    static Map<String, HostTensor> numbersFor(Graph graph, long seed) {
        Random r = new Random(seed);
        Map<String, HostTensor> result = new LinkedHashMap<>();
        graph.inputs().forEach((name, value) -> {
            HostTensor tensor = HostTensor.zeros(graph.spec(value));
            for (long i = 0; i < tensor.size(); i++) {
                tensor.set(i, tensor.spec().dtype().isFloating() ? r.nextGaussian() : r.nextInt(3));
            }
            result.put(name, tensor);
        });
        return result;
    }
}
