package dagrad.random;

import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
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
import java.util.stream.Collectors;

/// A random graph as the steps that build it, which shrink better than a graph would. Any steps at all give a graph:
/// a step takes its operands from the values so far, and is passed over if it does not fit them.
///
/// @param shapes of the parameters `p0`, `p1`, …
/// @param steps in order
/// @param seed of the parameters' values
public record Program(List<Shape> shapes, List<Step> steps, long seed) {
    /// A larger result is dropped, to keep graphs small.
    private static final int MAX_SIZE = 300;

    /// One operation on earlier values.
    ///
    /// @param first which of the values so far is the first operand, counted modulo their number
    /// @param second likewise
    /// @param option of the operation: an axis, an extent
    public record Step(Operation operation, int first, int second, int option) {
        @Override
        public String toString() {
            return operation + "(" + first + ", " + second + ", " + option + ")";
        }
    }

    /// The graph in a floating type: parameters `p0`, …, and the scalar output `loss`, to which every value that is
    /// not used otherwise contributes.
    public Graph graph(DType dtype) {
        return Graph.build(g -> {
            List<Value> values = new ArrayList<>();
            for (Shape shape : shapes) {
                values.add(g.parameter("p" + values.size(), new TensorSpec(dtype, shape)));
            }
            List<Value> unused = new ArrayList<>(values);
            for (Step step : steps) {
                Value first = values.get(step.first() % values.size());
                Value second = values.get(step.second() % values.size());
                step.operation().emit(g, first, second, step.option()).ifPresent(emitted -> {
                    // Sums of bf16 are f32.
                    Value result = g.cast(emitted, dtype);
                    if (g.spec(result).shape().size() <= MAX_SIZE
                            && g.spec(result).shape().size() > 0) {
                        values.add(result);
                        unused.removeAll(List.of(first, second));
                        unused.add(result);
                    }
                });
            }
            g.output("loss", loss(g, unused));
        });
    }

    /// The sum of mean(sin(v + i)) over the values: every element counts, and none for more than another.
    private static Value loss(GraphBuilder g, List<Value> values) {
        Value loss = g.constant(g.spec(values.getFirst()).withShape(Shape.SCALAR), 0);
        for (int i = 0; i < values.size(); i++) {
            loss = g.add(loss, g.mean(g.sin(g.add(values.get(i), 0.1 * i))));
        }
        return loss;
    }

    /// Values for the parameters, of sizes 0.2 to 1.5.
    public Map<String, HostTensor> inputs(DType dtype) {
        Random random = new Random(seed);
        Map<String, HostTensor> result = new LinkedHashMap<>();
        for (Shape shape : shapes) {
            HostTensor tensor = HostTensor.zeros(new TensorSpec(dtype, shape));
            for (long i = 0; i < tensor.size(); i++) {
                tensor.set(i, random.nextDouble(0.2, 1.5) * (random.nextBoolean() ? 1 : -1));
            }
            result.put("p" + result.size(), tensor);
        }
        return result;
    }

    @Override
    public String toString() {
        return shapes + " seed " + seed + "\n"
                + steps.stream().map(step -> "  " + step).collect(Collectors.joining("\n"));
    }
}
