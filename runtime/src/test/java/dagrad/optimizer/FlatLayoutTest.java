package dagrad.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.graph.Graph;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FlatLayoutTest {
    private static final Graph GRAPH = Graph.build(g -> {
        g.parameter("odd", TensorSpec.f32(3, 5));
        g.parameter("even", TensorSpec.f32(4, 8));
        g.parameter("bias", TensorSpec.f32(5));
        g.parameter("scale", TensorSpec.f32());
        g.parameter("precise", TensorSpec.f64(2, 2));
    });

    private static final FlatLayout LAYOUT = FlatLayout.of(GRAPH, ParameterGroup.standard());

    @Test
    void groupsByRankAndTypeWithAlignedSizesFirst() {
        assertThat(LAYOUT.flats())
                .extracting(FlatLayout.Flat::label)
                .containsExactly("params/decay", "params/decay/f64", "params/no_decay");
        assertThat(LAYOUT.flats().getFirst().segments())
                .containsExactly(
                        new FlatLayout.Segment("even", 0, TensorSpec.f32(4, 8)),
                        new FlatLayout.Segment("odd", 32, TensorSpec.f32(3, 5)));
        assertThat(LAYOUT.flats().getFirst().spec()).isEqualTo(TensorSpec.f32(47));
        assertThat(LAYOUT.flats().get(1).stateLabel("m")).isEqualTo("optimizer/decay/f64/m");
        assertThat(LAYOUT.size()).isEqualTo(32 + 15 + 5 + 1 + 4);
    }

    @Test
    void joiningAndSplittingGiveTheSameNumbers() {
        Map<String, HostTensor> parameters = new LinkedHashMap<>();
        LAYOUT.parameters().forEach((name, spec) -> {
            HostTensor tensor = HostTensor.zeros(spec);
            for (int i = 0; i < tensor.size(); i++) {
                tensor.set(i, name.hashCode() % 100 + i / 16.0);
            }
            parameters.put(name, tensor);
        });
        Map<String, HostTensor> flats = LAYOUT.join(parameters);
        assertThat(flats.get("params/decay/f64").spec().dtype()).isEqualTo(DType.F64);
        Map<String, HostTensor> back = LAYOUT.split(flats);
        assertThat(back.keySet()).isEqualTo(LAYOUT.parameters().keySet());
        back.forEach((name, tensor) -> {
            assertThat(tensor.spec()).isEqualTo(parameters.get(name).spec());
            assertThat(tensor.doubles()).isEqualTo(parameters.get(name).doubles());
        });
        back.get("odd").set(0, 77);
        assertThat(flats.get("params/decay").get(32)).isEqualTo(77);
    }

    @Test
    void refusesTensorsThatAreMissingOrOfAnotherShape() {
        assertThatThrownBy(() -> LAYOUT.join(Map.of())).hasMessageContaining("\"even\" f32[4,8] is missing");
        assertThatThrownBy(() -> LAYOUT.join(Map.of("even", HostTensor.zeros(TensorSpec.f32(8, 4)))))
                .hasMessageContaining("\"even\" is f32[4,8], not f32[8,4]");
    }
}
