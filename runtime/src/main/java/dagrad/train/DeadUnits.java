package dagrad.train;

import dagrad.graph.Graph;
import dagrad.graph.Node;
import dagrad.graph.Pointwise;
import dagrad.graph.ScalarFn;
import dagrad.graph.Value;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/// Units behind a ReLU that no example of the validation data makes positive: nothing flows through them, and no
/// gradient will ever change that.
final class DeadUnits {
    /// Outputs of this prefix have the largest value of each unit over a batch.
    private static final String PREFIX = "largest of ";

    /// So large a share of a layer is told of.
    private static final double MANY = 0.5;

    private static final int PICTURES = 4;

    private final Map<String, double[]> largest = new LinkedHashMap<>();

    /// An evaluation graph that tells more: for each ReLU of [examples, .., units], or
    /// [examples, units, height, width], the largest value of each unit.
    static Graph watched(Graph evaluation) {
        List<Node> layers = evaluation.nodes().stream()
                .filter(node -> node.op().equals(new Pointwise(ScalarFn.RELU)))
                .filter(node -> node.outputs().getFirst().shape().rank() >= 2)
                .toList();
        return layers.isEmpty()
                ? evaluation
                : Graph.build(g -> {
                    Function<Value, Value> here = g.inline(evaluation, Map.of());
                    evaluation.outputs().forEach((name, value) -> g.output(name, here.apply(value)));
                    evaluation.updates().forEach((state, value) -> g.update(here.apply(state), here.apply(value)));
                    for (int i = 0; i < layers.size(); i++) {
                        Node layer = layers.get(i);
                        int[] axes = otherAxes(layer.outputs().getFirst().shape());
                        g.output(PREFIX + i + " " + layer.origin(), g.maxOver(here.apply(layer.out(0)), axes));
                    }
                });
    }

    private static int[] otherAxes(Shape shape) {
        int units = shape.rank() == PICTURES ? 1 : shape.rank() - 1;
        return IntStream.range(0, shape.rank()).filter(axis -> axis != units).toArray();
    }

    /// Looks at the outputs of a batch.
    void see(Map<String, HostTensor> outputs) {
        outputs.forEach((name, tensor) -> {
            if (name.startsWith(PREFIX)) {
                double[] all = largest.computeIfAbsent(name, _ -> new double[(int) tensor.size()]);
                for (int i = 0; i < all.length; i++) {
                    all[i] = Math.max(all[i], tensor.get(i));
                }
            }
        });
    }

    /// What there is to say after an evaluation; a sentence for each layer.
    List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        largest.forEach((name, units) -> {
            long dead =
                    IntStream.range(0, units.length).filter(i -> units[i] == 0).count();
            if (dead > MANY * units.length) {
                String where = name.substring(name.indexOf(' ', PREFIX.length()) + 1);
                warnings.add(dead + " of the " + units.length + " units behind the relu "
                        + (where.isBlank() ? "" : "at " + where + " ")
                        + "are positive for no example of the validation data; they learn nothing any more");
            }
        });
        return warnings;
    }
}
