package dagrad.ops;

import static dagrad.tensor.TensorSpec.f64;
import static dagrad.tensor.TensorSpec.i32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.graph.AdamWStep;
import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.reference.EvaluationException;
import dagrad.reference.GraphInterpreter;
import dagrad.tensor.HostTensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// PyTorch's numbers for what keeps state, where a row of the table does not reach.
class RecordedTest {
    /// `torch.optim.AdamW`, five steps with weight decay.
    @Test
    void adamW() {
        JsonNode json = Golden.json("adamw");
        double beta1 = json.get("beta1").asDouble();
        double beta2 = json.get("beta2").asDouble();
        AdamWStep step = new AdamWStep(
                beta1,
                beta2,
                json.get("eps").asDouble(),
                json.get("weight_decay").asDouble());
        HostTensor start = Golden.tensors(json.get("start")).getFirst();
        Graph graph = Graph.build(g -> {
            List<Value> state =
                    List.of(g.parameter("theta", start.spec()), g.state("m", start.spec()), g.state("v", start.spec()));
            List<Value> next = g.applyAll(
                    step,
                    List.of(
                            state.get(0),
                            g.input("gradient", start.spec()),
                            state.get(1),
                            state.get(2),
                            g.input("rate", f64()),
                            g.input("c1", f64()),
                            g.input("c2", f64())));
            for (int i = 0; i < 3; i++) {
                g.update(state.get(i), next.get(i));
            }
        });
        Map<String, HostTensor> inputs = new HashMap<>(
                Map.of("theta", start, "m", HostTensor.zeros(start.spec()), "v", HostTensor.zeros(start.spec())));
        inputs.put("rate", HostTensor.of(f64(), json.get("lr").asDouble()));
        List<HostTensor> gradients = Golden.tensors(json.get("gradients"));
        List<HostTensor> after = Golden.tensors(json.get("after"));
        for (int k = 0; k < gradients.size(); k++) {
            inputs.put("gradient", gradients.get(k));
            inputs.put("c1", HostTensor.of(f64(), 1 - Math.pow(beta1, k + 1)));
            inputs.put("c2", HostTensor.of(f64(), 1 - Math.pow(beta2, k + 1)));
            inputs.putAll(GraphInterpreter.exact().evaluate(graph, inputs).updates());
            assertSame("theta after step " + k, after.get(k), inputs.get("theta"));
        }
        assertThat(after).hasSize(5);
        assertSame("m", Golden.tensors(json.get("moments")).get(0), inputs.get("m"));
        assertSame("v", Golden.tensors(json.get("moments")).get(1), inputs.get("v"));
    }

    /// The running statistics that batch norm keeps, with the unbiased variance.
    @Test
    void batchNormStatistics() {
        JsonNode json = Golden.json("batch_norm_running");
        List<HostTensor> in = Golden.tensors(json.get("inputs"));
        Graph graph = Graph.build(g -> {
            Value x = g.input("x", in.getFirst().spec());
            Value mean = g.state("mean", in.get(1).spec());
            Value variance = g.state("variance", in.get(2).spec());
            g.output("y", g.batchNorm(x, g.onesLike(mean), g.zerosLike(mean), mean, variance, 0.1, 1e-5));
        });
        Map<String, HostTensor> updates = GraphInterpreter.exact()
                .evaluate(graph, Map.of("x", in.get(0), "mean", in.get(1), "variance", in.get(2)))
                .updates();
        assertSame("mean", Golden.tensors(json.get("outputs")).get(0), updates.get("mean"));
        assertSame("variance", Golden.tensors(json.get("outputs")).get(1), updates.get("variance"));
    }

    /// A class that there is not is an error, and never another row's logit.
    @Test
    void aClassOutOfRangeIsAnError() {
        Graph graph =
                Graph.build(g -> g.output("loss", g.crossEntropy(g.input("x", f64(2, 3)), g.input("t", i32(2)), -100)));
        for (int wrong : new int[] {-1, 3, 4}) {
            Map<String, HostTensor> inputs =
                    Map.of("x", HostTensor.zeros(f64(2, 3)), "t", HostTensor.of(new int[] {wrong, 1}, 2));
            assertThatThrownBy(() -> GraphInterpreter.exact().evaluate(graph, inputs))
                    .isInstanceOf(EvaluationException.class)
                    .hasMessageContaining("index " + wrong)
                    .hasMessageContaining("outside of the 3 rows")
                    .hasMessageContaining("cross_entropy(%0, %1)");
        }
    }

    private static void assertSame(String name, HostTensor expected, HostTensor actual) {
        assertThat(Tolerance.SAME_IN_FLOAT64.mismatch(name, expected, actual)).isEmpty();
    }
}
