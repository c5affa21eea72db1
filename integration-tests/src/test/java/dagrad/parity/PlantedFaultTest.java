package dagrad.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.backend.Backend;
import dagrad.graph.Graph;
import dagrad.graph.Node;
import dagrad.plan.Plan;
import dagrad.precision.ModelGraph;
import dagrad.precision.Precision;
import dagrad.reference.ModelCheck;
import dagrad.reference.NodeCheck;
import dagrad.schedule.Scheduler;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// A device with one wrong kernel is found out, and the kernel is named; one without is not.
class PlantedFaultTest {
    private static final Devices DEVICES = new Devices();
    /// Models enough for an emulator.
    private static final List<String> SHORT = List.of("gpt", "names");

    private static final Map<String, Plan> PLANS = new LinkedHashMap<>();

    @AfterAll
    static void close() {
        DEVICES.close();
    }

    private static Plan plan(String device, Precision precision, String model) {
        return PLANS.computeIfAbsent(device + precision + model, _ -> {
            Graph joint =
                    ModelCheck.withGradients(precision.of(ModelGraph.of(model).loss()));
            return Scheduler.plan(joint, DEVICES.open(device).capabilities());
        });
    }

    /// The CPU in both; a GPU in the one that it is used in.
    private static Stream<Precision> precisions(String device) {
        return device.equals("cpu") ? Stream.of(Precision.F32, Precision.BF16) : Stream.of(Precision.BF16);
    }

    /// Where a device has such a kernel: some give what others have one for to several.
    static Stream<Arguments> faults() {
        return Devices.ids()
                .flatMap(device -> precisions(device)
                        .flatMap(precision -> WrongKernel.all()
                                .filter(wrong -> wrong.in(plan(device, precision, wrong.model())
                                                .graph())
                                        .isPresent())
                                .map(wrong -> Arguments.of(device, precision, wrong))));
    }

    static Stream<Arguments> rightDevices() {
        return Devices.ids()
                .flatMap(device -> precisions(device)
                        .flatMap(precision -> ModelGraph.all()
                                .filter(model -> device.equals("cpu") || SHORT.contains(model.name()))
                                .map(model -> Arguments.of(device, precision, model.name()))));
    }

    /// A value that keeps within its bound by chance would not: it is the worst of some hundred thousand.
    @ParameterizedTest
    @MethodSource("rightDevices")
    void noKernelIsAccusedThatIsRight(String device, Precision precision, String name) {
        ModelGraph model = ModelGraph.of(name);
        Backend backend = DEVICES.open(device);
        List<NodeCheck.Row> rows = NodeCheck.of(
                plan(device, precision, name),
                precision,
                model.inputs(),
                graph -> Devices.run(backend, graph, model.inputs()));
        assertThat(rows)
                .allSatisfy(row -> assertThat(row.agrees()).as(row::toText).isTrue());
        assertThat(rows)
                .allSatisfy(row -> assertThat(row.unbounded()).as(row::toText).isZero());
    }

    @Test
    void everyFaultIsPlanted() {
        assertThat(WrongKernel.all())
                .allMatch(wrong -> wrong.in(
                                plan("cpu", Precision.F32, wrong.model()).graph())
                        .isPresent());
    }

    @ParameterizedTest
    @MethodSource("faults")
    void theWrongKernelIsNamed(String device, Precision precision, WrongKernel wrong) {
        ModelGraph model = ModelGraph.of(wrong.model());
        Plan plan = plan(device, precision, wrong.model());
        Node node = wrong.in(plan.graph()).orElseThrow();
        Backend backend = DEVICES.open(device);
        Planted planted = new Planted(backend, node.id(), wrong.kernel());
        List<NodeCheck.Row> rows =
                NodeCheck.of(plan, precision, model.inputs(), graph -> planted.evaluate(graph, model.inputs()));
        NodeCheck.Row first =
                rows.stream().filter(row -> !row.agrees()).findFirst().orElseThrow();
        assertThat(first.value().node()).as(first::toText).isEqualTo(node.id());
        assertThat(first.isGradient()).isEqualTo(wrong.isGradient());
        assertThat(first.toText()).contains(plan.graph().line(node));
    }
}
