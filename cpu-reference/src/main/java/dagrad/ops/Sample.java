package dagrad.ops;

import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Input;
import dagrad.graph.Op;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;

/// One operation on operands of given shapes.
///
/// @param name the operation's, for test reports
/// @param op the operation; empty if it is the builder's vocabulary that is sampled
/// @param body emits it
/// @param saves how many values of the forward pass its gradient may use, if that is pinned down
/// @param extreme whether the operands lie at the ends of what f32 can take
record Sample(
        String name, Optional<Op> op, Body body, List<Operand> operands, Optional<Integer> saves, boolean extreme) {
    /// What draws of random numbers are keyed by.
    private static final Map<String, HostTensor> RANDOM_STATE =
            Map.of("random/seed", HostTensor.of(new int[] {1, -2}, 2), "random/step", HostTensor.of(new int[] {3}));

    /// Emits an operation on operands.
    @FunctionalInterface
    interface Body {
        List<Value> emit(GraphBuilder g, List<Value> operands);
    }

    /// The operation alone: inputs `in0`, …, outputs `out0`, ….
    Graph graph(DType floating) {
        return graph(operands.stream().map(operand -> operand.spec(floating)).toList(), body);
    }

    static Graph graph(List<TensorSpec> operands, Body body) {
        return Graph.build(g -> {
            List<Value> in = new ArrayList<>();
            for (TensorSpec spec : operands) {
                in.add(g.input("in" + in.size(), spec));
            }
            List<Value> out = body.emit(g, in);
            for (int i = 0; i < out.size(); i++) {
                g.output("out" + i, out.get(i));
            }
        });
    }

    /// Values for the inputs: the same for every call.
    Map<String, HostTensor> inputs(DType floating) {
        Random random = new Random(seed());
        Map<String, HostTensor> result = new LinkedHashMap<>();
        for (Operand operand : operands) {
            result.put("in" + result.size(), operand.draw(floating, random, result.size()));
        }
        graph(floating).inputs(Input.Kind.STATE).forEach((label, _) -> result.put(label, RANDOM_STATE.get(label)));
        return result;
    }

    /// The operation with the gradients of its operands, as [GradientCheck#withGradients] names them.
    Graph withGradients(DType floating) {
        Graph forward = graph(floating);
        List<String> seeded = new ArrayList<>(forward.outputs().keySet());
        seeded.removeIf(name -> !forward.spec(forward.output(name)).dtype().isFloating());
        return GradientCheck.withGradients(forward, seeded);
    }

    /// Values for its inputs.
    Map<String, HostTensor> inputsWithSeeds(DType floating) {
        Graph joint = withGradients(floating);
        Map<String, HostTensor> result = inputs(floating);
        GradientCheck.random(graph(floating), result, seed()).seeds().forEach((name, seed) -> {
            Value input = joint.inputs().get("seed/" + name);
            result.put("seed/" + name, seed.cast(joint.spec(input).dtype()));
        });
        return result;
    }

    /// A number of the sample's own.
    long seed() {
        return toString().hashCode();
    }

    /// The inputs that its gradient is compared by.
    String[] varying() {
        List<String> result = new ArrayList<>();
        for (int i = 0; i < operands.size(); i++) {
            if (operands.get(i).varies() && operands.get(i).shape().size() > 0) {
                result.add("in" + i);
            }
        }
        return result.toArray(String[]::new);
    }

    /// `matmul(f32[8,5], f32[5,3])`
    @Override
    public String toString() {
        String text = operands.stream().map(Operand::toString).collect(Collectors.joining(", ", name + "(", ")"));
        return extreme ? text + " extreme" : text;
    }
}
