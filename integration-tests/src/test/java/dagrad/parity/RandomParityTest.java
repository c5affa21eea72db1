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
///
/// How far apart they may be is [Tolerance#sameRoundings][dagrad.ops.Tolerance#sameRoundings]: device and reference
/// round the same values, so they differ by functions that are right to a few units in the last place (16 of them
/// are allowed) and by the order of sums, whose errors grow as a random walk over all terms that the graph sums up.
/// That is 25 to 46 units for these graphs. It does not know by how much a graph enlarges an error on its way to a
/// gradient, which smooth graphs do little: of the 30, one uses 0.85 of what is allowed and the others at most
/// 0.36. That one, a gradient in the plan of seed 4 in f32, is off by the same 39 units on the CPU and on the
/// emulator, so it is the graph that enlarges what both round alike, and no device that is close to wrong. Graphs
/// and devices are the same in every run, and so is this.
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
