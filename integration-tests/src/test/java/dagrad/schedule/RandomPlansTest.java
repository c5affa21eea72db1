package dagrad.schedule;

import dagrad.graph.Graph;
import dagrad.schedule.Planned.Device;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// Plans of random graphs compute what the graphs do, on any device.
class RandomPlansTest {
    @Provide
    Arbitrary<List<Integer>> programs() {
        return Arbitraries.integers().list().ofMinSize(1).ofMaxSize(14);
    }

    @Property(tries = 300)
    void viewsOfViews(@ForAll("programs") List<Integer> program, @ForAll Device device) {
        agrees(RandomGraphs.views(program), device);
    }

    @Property(tries = 300)
    void anything(@ForAll("programs") List<Integer> program, @ForAll Device device) {
        agrees(RandomGraphs.any(program), device);
    }

    @Property(tries = 200)
    void gradients(@ForAll("programs") List<Integer> program, @ForAll Device device) {
        agrees(RandomGraphs.withGradients(program), device);
    }

    private static void agrees(Graph graph, Device device) {
        Planned.agrees(graph, device, RandomGraphs.numbersFor(graph, 5));
    }
}
