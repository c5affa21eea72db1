package dagrad.schedule;

import static dagrad.tensor.TensorSpec.f32;
import static org.assertj.core.api.Assertions.assertThat;

import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.plan.Launch;
import dagrad.plan.Plan;
import dagrad.plan.PlanChecker;
import dagrad.reference.SampleInputs;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// Updates start together where none reads or writes what another does, and nowhere else.
class SideBySideTest {
    private static final Planned.Device DEVICE = Planned.Device.ROWS;

    /// The plan of a graph, which gives what the graph does.
    private static Plan plan(Consumer<GraphBuilder> body) {
        Graph graph = Graph.build(body);
        return Planned.agrees(graph, DEVICE, SampleInputs.of(graph, 1));
    }

    private static List<Integer> parts(Plan plan) {
        return plan.launches().stream()
                .map(launch -> launch instanceof Launch.Updates updates
                        ? updates.parts().size()
                        : 1)
                .toList();
    }

    @Test
    void updatesOfSeveralSizesAreOneLaunch() {
        Plan plan = plan(g -> {
            for (int size : new int[] {1, 7, 64}) {
                Value state = g.state("state" + size, f32(size));
                g.update(state, g.add(g.mul(state, 0.5), g.input("x" + size, f32(size))));
            }
        });
        assertThat(parts(plan)).containsExactly(3);
        Launch launch = plan.launches().getFirst();
        assertThat(launch.kind()).isEqualTo("updates");
        assertThat(launch.reads()).hasSize(6);
        assertThat(launch.writes()).hasSize(3);
        assertThat(plan.buffers()).allMatch(buffer -> buffer.to() <= 1);
    }

    @Test
    void whatIsNotKeptStaysByItself() {
        Plan plan = plan(g -> {
            Value x = g.input("x", f32(5));
            Value state = g.state("state", f32(6));
            g.update(state, g.mul(state, 0.5));
            g.output("y", g.exp(x));
        });
        assertThat(parts(plan)).containsExactly(1, 1);
    }

    /// The second reads what the first writes over, so it would see one or the other.
    @Test
    void oneThatReadsWhatAnotherWritesWaits() {
        Plan plan = plan(g -> {
            Value a = g.state("a", f32(2, 3));
            Value b = g.state("b", f32(3, 2));
            g.update(a, g.mul(a, 0.5));
            g.update(b, g.add(b, g.transpose(a)));
        });
        assertThat(parts(plan)).allMatch(n -> n == 1);
    }

    @Test
    void aSwapIsNoUpdateSideBySide() {
        plan(g -> {
            Value a = g.state("a", f32(6));
            Value b = g.state("b", f32(6));
            g.update(a, g.add(b, 1));
            g.update(b, g.add(a, 1));
        });
    }

    @Test
    void partsThatMeetAreRefused() {
        Plan plan = plan(g -> {
            for (String name : List.of("a", "b")) {
                Value state = g.state(name, f32(6));
                g.update(state, g.mul(state, 0.5));
            }
        });
        Launch.Updates good = (Launch.Updates) plan.launches().getFirst();
        List<Launch> twice = new ArrayList<>(plan.launches());
        twice.set(
                0,
                Launch.Updates.of(List.of(good.parts().getFirst(), good.parts().getFirst())));
        assertThat(PlanChecker.problems(with(plan, twice), DEVICE)).anyMatch(problem -> problem.contains("overlap"));
        assertThat(PlanChecker.problems(plan, Planned.Device.PRIMITIVES))
                .anyMatch(problem -> problem.contains("the device has no code for several launches side by side"));
    }

    private static Plan with(Plan plan, List<Launch> launches) {
        return new Plan(
                plan.graph(),
                launches,
                plan.buffers(),
                plan.inputs(),
                plan.outputs(),
                plan.constants(),
                plan.arenaBytes());
    }
}
