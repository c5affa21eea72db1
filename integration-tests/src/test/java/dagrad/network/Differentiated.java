package dagrad.network;

import dagrad.gradient.Gradients;
import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.reference.GraphInterpreter;
import dagrad.tensor.HostTensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// A network's graph with the gradient of its loss, evaluated by the oracle.
///
/// @param outputs [batch, d_out], row by row
record Differentiated(double loss, double[] outputs, double[] gradient) {
    /// @param loss with the inputs that [dagrad.models.network.Lowering#loss] declares
    static Differentiated of(Graph loss, double[] theta, double[][] inputs, double[][] targets) {
        Graph graph = Graph.build(g -> {
            Function<Value, Value> here = g.inline(loss, Map.of());
            Value parameter = here.apply(loss.inputs().get("theta"));
            Value value = g.output("loss", here.apply(loss.output("loss")));
            g.output("outputs", here.apply(loss.output("outputs")));
            g.output("gradient", Gradients.of(g, value, List.of(parameter)).get(parameter));
        });
        Map<String, HostTensor> given = new HashMap<>();
        given.put("theta", HostTensor.of(theta, theta.length));
        given.put("inputs", rows(inputs));
        if (targets.length > 0) {
            given.put("targets", rows(targets));
        }
        GraphInterpreter.Result result = GraphInterpreter.exact().evaluate(graph.verify(), given);
        return new Differentiated(
                result.output("loss").scalar(),
                result.output("outputs").doubles(),
                result.output("gradient").doubles());
    }

    private static HostTensor rows(double[][] rows) {
        double[] flat = List.of(rows).stream().flatMapToDouble(Arrays::stream).toArray();
        return HostTensor.of(flat, rows.length, rows[0].length);
    }
}
