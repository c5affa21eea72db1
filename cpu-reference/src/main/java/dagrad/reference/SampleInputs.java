package dagrad.reference;

import dagrad.graph.CrossEntropy;
import dagrad.graph.CrossEntropyGrad;
import dagrad.graph.Gather;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Node;
import dagrad.graph.Reshape;
import dagrad.graph.ScatterAdd;
import dagrad.graph.Slice;
import dagrad.graph.Value;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;

/// Something to feed a graph with: floats are normal with the deviation that keeps sums over the last axis near 1;
/// integers are in the range that the operations reading them allow, 0 where that cannot be told.
public final class SampleInputs {
    private SampleInputs() {}

    /// A tensor for every input.
    public static Map<String, HostTensor> of(Graph graph, long seed) {
        Random random = new Random(seed);
        Map<String, HostTensor> result = new LinkedHashMap<>();
        graph.inputs().forEach((label, value) -> result.put(label, sample(graph, value, random)));
        return result;
    }

    private static HostTensor sample(Graph graph, Value input, Random random) {
        TensorSpec spec = graph.spec(input);
        HostTensor tensor = HostTensor.zeros(spec);
        boolean data =
                graph.node(input).op() instanceof Input(var _, Input.Kind kind, var _) && kind == Input.Kind.DATA;
        int fanIn = data || spec.shape().rank() == 0 ? 1 : lastExtents(spec.shape());
        int bound = spec.dtype().isFloating() ? 0 : bound(graph, input).orElse(1);
        for (long i = 0; i < tensor.size(); i++) {
            tensor.set(i, spec.dtype().isFloating() ? random.nextGaussian() / Math.sqrt(fanIn) : random.nextInt(bound));
        }
        return tensor;
    }

    /// Elements that a weight tensor sums over: all axes but the first, or a vector's length.
    private static int lastExtents(Shape shape) {
        long size =
                shape.rank() == 1 ? shape.size() : shape.sub(1, shape.rank()).size();
        return Math.clamp(size, 1, 1 << 20);
    }

    /// The smallest bound that an operation reading the value as indices sets.
    private static OptionalInt bound(Graph graph, Value value) {
        return graph.nodes().stream()
                .filter(n -> n.inputs().contains(value))
                .flatMapToInt(n -> bound(graph, n, value).stream())
                .min();
    }

    private static OptionalInt bound(Graph graph, Node reader, Value value) {
        boolean second = reader.inputs().size() > 1 && reader.inputs().get(1).equals(value);
        return switch (reader.op()) {
            case Gather _
            when second ->
                OptionalInt.of(graph.spec(reader.inputs().getFirst()).shape().dim(0));
            case CrossEntropy _, CrossEntropyGrad _
            when second ->
                OptionalInt.of(graph.spec(reader.inputs().getFirst()).shape().dim(1));
            case ScatterAdd(int rows) when !second -> OptionalInt.of(rows);
            case Reshape _, Slice _ -> bound(graph, reader.out(0));
            default -> OptionalInt.empty();
        };
    }
}
