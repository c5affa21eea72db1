package dagrad.parity;

import dagrad.graph.Graph;
import dagrad.ops.Together;
import dagrad.precision.Precision;
import dagrad.random.Program;
import dagrad.random.RandomGraphs;
import dagrad.reference.ModelCheck;
import dagrad.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Random graphs on every device: their loss and all gradients.
class RandomParityTest {
    private static final Devices DEVICES = new Devices();
    /// Plans for each device and precision, and graphs in each.
    private static final int PLANS = 5;

    private static final int GRAPHS = 6;

    static Stream<Arguments> onDevices() {
        return Devices.ids()
                .flatMap(id -> Stream.of(Precision.F32, Precision.BF16)
                        .flatMap(precision ->
                                IntStream.range(0, PLANS).mapToObj(seed -> Arguments.of(id, precision, seed))));
    }

    @AfterAll
    static void close() {
        DEVICES.close();
    }

    @ParameterizedTest
    @MethodSource("onDevices")
    void lossAndGradientsAreTheReferences(String device, Precision precision, int seed) {
        Random random = new Random(23L + seed);
        List<Together.Part> parts = new ArrayList<>();
        for (int i = 0; i < GRAPHS; i++) {
            Program program = RandomGraphs.smooth(random);
            Graph joint = ModelCheck.withGradients(precision.of(program.graph(DType.F32)));
            parts.add(new Together.Part("graph " + i, joint, program.inputs(DType.F32)));
        }
        DEVICES.agrees(device, new Together(parts));
    }
}
