package dagrad.ops;

import dagrad.graph.Graph;
import dagrad.plan.Capabilities;
import dagrad.schedule.Planned;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The matrix, planned: for every sample of [OpSamples] with its gradients, the plan passes the checker and gives bit
/// for bit what the graph gives, whatever the device leaves to the scheduler. Needs no device.
class PlanMatrixTest {
    static Stream<Sample> samples() {
        return OpSamples.samples();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void plan(Sample sample) {
        for (Capabilities device : Planned.Device.values()) {
            agrees(sample, DType.F32, device);
        }
        agrees(sample, DType.BF16, Planned.Device.PRIMITIVES);
    }

    private static void agrees(Sample sample, DType dtype, Capabilities device) {
        Graph graph = sample.withGradients(dtype);
        Map<String, HostTensor> inputs = sample.inputsWithSeeds(dtype);
        Planned.agrees(graph, device, inputs);
    }
}
