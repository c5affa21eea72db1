package dagrad.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.graph.Graph;
import dagrad.graph.GraphException;
import dagrad.graph.Input;
import dagrad.models.Mlp;
import dagrad.models.transformer.Transformer;
import dagrad.plan.Buffer;
import dagrad.plan.Capabilities;
import dagrad.plan.Plan;
import dagrad.plan.PlanReport;
import dagrad.precision.Precision;
import dagrad.reference.GraphInterpreter;
import dagrad.reference.ModelCheck;
import dagrad.reference.SampleInputs;
import dagrad.schedule.Scheduler;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoraTest {
    private static final Graph PLAIN = new Transformer(2, 2, 8, 11, 6).training(2);
    private static final Lora LORA = new Lora(3, 6, List.of());

    private static double loss(Graph graph, Map<String, HostTensor> inputs) {
        return GraphInterpreter.exact()
                .evaluate(graph, inputs)
                .outputs()
                .get("loss")
                .scalar();
    }

    private static Map<String, HostTensor> only(Map<String, HostTensor> inputs, Graph graph, Input.Kind kind) {
        Map<String, HostTensor> result = new LinkedHashMap<>(inputs);
        result.keySet().retainAll(graph.inputs(kind).keySet());
        return result;
    }

    @Test
    void settingsAreRead() {
        assertThat(Lora.parse("rank=8")).isEqualTo(new Lora(8, 8, List.of()));
        assertThat(Lora.parse("rank=4, alpha=16,targets=qkv+up")).isEqualTo(new Lora(4, 16, List.of("qkv", "up")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"8", "rank=", "rank=8,alpha", "rank=8,rank=9", "rank=x", "alpha=2", "rang=8", "rank=8,,"})
    void otherSettingsAreRefused(String text) {
        assertThatThrownBy(() -> Lora.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("rank=8,alpha=16")
                .hasMessageContaining("\"" + text + "\"");
    }

    @Test
    void numbersOutOfRangeAreRefused() {
        assertThatThrownBy(() -> Lora.parse("rank=0")).hasMessageContaining("1 or more, not 0");
        assertThatThrownBy(() -> Lora.parse("rank=2,alpha=-1")).hasMessageContaining("above 0, not -1");
    }

    /// Eight matrices, and of each an A and a B; all that were parameters are states.
    @Test
    void adaptersAreTheOnlyParameters() {
        Graph adapted = LORA.adapt(PLAIN);
        assertThat(adapted.inputs(Input.Kind.PARAMETER))
                .hasSize(16)
                .allSatisfy((name, _) -> assertThat(name).containsPattern("/weight/lora_[ab]$"));
        assertThat(adapted.inputs(Input.Kind.STATE).keySet())
                .isEqualTo(PLAIN.inputs(Input.Kind.PARAMETER).keySet());
        Graph some = new Lora(1, 1, List.of("up", "tokens")).adapt(PLAIN);
        assertThat(some.inputs(Input.Kind.PARAMETER).keySet())
                .containsExactlyInAnyOrder(
                        "tokens/lora_a",
                        "tokens/lora_b",
                        "layer0/up/weight/lora_a",
                        "layer0/up/weight/lora_b",
                        "layer1/up/weight/lora_a",
                        "layer1/up/weight/lora_b");
        assertThatThrownBy(() -> new Lora(1, 1, List.of("nose")).adapt(PLAIN))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("[nose]")
                .hasMessageContaining("layer0/qkv/weight");
    }

    @Test
    void itsGradientsAreRight() {
        Graph adapted = LORA.adapt(PLAIN);
        assertThat(ModelCheck.of(adapted, Precision.F32, SampleInputs.of(adapted, 2), 1, Optional.empty())
                        .agrees())
                .isTrue();
    }

    @Test
    void mergedWeightsDoWhatAdaptersDid() {
        Graph adapted = LORA.adapt(PLAIN);
        Map<String, HostTensor> inputs = new LinkedHashMap<>(SampleInputs.of(adapted, 4));
        Map<String, HostTensor> adapters = only(inputs, adapted, Input.Kind.PARAMETER);
        Map<String, HostTensor> frozen = only(inputs, adapted, Input.Kind.STATE);
        Map<String, HostTensor> plain = new LinkedHashMap<>(only(inputs, adapted, Input.Kind.DATA));
        plain.putAll(LORA.merged(frozen, adapters));
        double with = loss(adapted, inputs);
        assertThat(loss(PLAIN, plain)).isCloseTo(with, Offset.offset(1e-5 * with));
        plain.putAll(frozen);
        assertThat(Math.abs(loss(PLAIN, plain) - with)).isGreaterThan(1e-3);
        adapters.keySet().forEach(name -> {
            if (!Lora.isA(name)) {
                inputs.compute(name, (_, b) -> HostTensor.zeros(b.spec()));
            }
        });
        assertThat(loss(adapted, inputs)).isEqualTo(loss(PLAIN, plain));
    }

    @Test
    void adaptersOfOthersAreNotMerged() {
        Map<String, HostTensor> weights = Map.of("w/weight", HostTensor.zeros(TensorSpec.f32(4, 5)));
        HostTensor a = HostTensor.zeros(TensorSpec.f32(3, 5));
        HostTensor b = HostTensor.zeros(TensorSpec.f32(4, 3));
        assertThatThrownBy(() -> LORA.merged(weights, Map.of("w/weight/lora_a", a)))
                .hasMessageContaining("\"w/weight/lora_b\" is missing");
        assertThatThrownBy(() -> LORA.merged(weights, Map.of("w/weight/lora_a", b, "w/weight/lora_b", b)))
                .hasMessageContaining("do not fit f32[4,5]");
        assertThatThrownBy(() ->
                        LORA.merged(weights, Map.of("w/weight/lora_a", a, "w/weight/lora_b", b, "v/weight/lora_a", a)))
                .hasMessageContaining("\"v/weight/lora_a\" belongs to other weights");
    }

    private static Map<Buffer.Category, Long> memory(Graph loss) {
        Recipe recipe = Recipe.of(new Optimizer.AdamW(), new Schedule.Constant(1e-3));
        Plan plan = Scheduler.plan(StepGraph.of(loss, recipe).graph(), Capabilities.PRIMITIVES);
        return PlanReport.of(plan).most();
    }

    /// Of a perceptron with a million weights, the gradient was 4 MB and AdamW's state 8 MB; with adapters of rank 4
    /// the state is the 4 MB of the frozen weights and little else, and no sum of weights and adapters is made.
    @Test
    void memoryForGradientsAndStateFalls() {
        Graph plain = Mlp.classifier(1000, 1000, 10).training(2);
        Map<Buffer.Category, Long> before = memory(plain);
        Map<Buffer.Category, Long> after = memory(new Lora(4, 4, List.of()).adapt(plain));
        long weights = before.get(Buffer.Category.PARAMETER);
        assertThat(weights).isGreaterThan(4_000_000);
        assertThat(before.get(Buffer.Category.STATE)).isGreaterThanOrEqualTo(2 * weights);
        assertThat(after.get(Buffer.Category.PARAMETER)).isLessThan(weights / 50);
        assertThat(after.get(Buffer.Category.STATE)).isBetween(weights, weights + weights / 20);
        assertThat(before.get(Buffer.Category.GRADIENT)).isGreaterThanOrEqualTo(weights);
        assertThat(after.get(Buffer.Category.GRADIENT)).isBetween(1L, weights / 50);
        assertThat(after.get(Buffer.Category.ACTIVATION)).isLessThan(weights / 50);
    }
}
