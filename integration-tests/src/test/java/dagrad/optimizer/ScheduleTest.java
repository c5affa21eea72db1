package dagrad.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dagrad.graph.Graph;
import dagrad.reference.GraphInterpreter;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ScheduleTest {
    static Stream<Schedule> schedules() {
        return Stream.of(
                new Schedule.Constant(3e-4),
                new Schedule.Linear(1e-3, 1e-5, 1000),
                new Schedule.Linear(0, 0.5, 7),
                new Schedule.Cosine(1e-3, 1e-5, 1000),
                new Schedule.Cosine(1, 0, 3),
                new Schedule.StepDecay(0.1, 0.5, 49),
                new Schedule.Cosine(1e-3, 1e-5, 900).warmedUp(100),
                new Schedule.StepDecay(0.1, 0.3, 10).warmedUp(1));
    }

    /// In the types of the graph (f32), the rates agree with the host's to a few units in the last place of the
    /// largest.
    @ParameterizedTest
    @MethodSource("schedules")
    void theGraphGivesTheHostsRates(Schedule schedule) {
        Graph graph = Graph.build(g -> g.output("rate", schedule.emit(g, g.state("step", TensorSpec.i32()))));
        for (int step :
                new int[] {0, 1, 2, 3, 6, 7, 9, 10, 48, 49, 50, 98, 99, 100, 490, 500, 999, 1000, 1001, 100_000}) {
            double rate = GraphInterpreter.rounded()
                    .evaluate(graph, Map.of("step", HostTensor.of(TensorSpec.i32(), step)))
                    .output("rate")
                    .scalar();
            assertThat(rate)
                    .as("%s at step %d", schedule, step)
                    .isCloseTo(schedule.at(step), within(1e-6 * largest(schedule)));
        }
    }

    private static double largest(Schedule schedule) {
        return switch (schedule) {
            case Schedule.Constant s -> s.rate();
            case Schedule.Linear s -> Math.max(s.from(), s.to());
            case Schedule.Cosine s -> Math.max(s.from(), s.to());
            case Schedule.StepDecay s -> s.rate();
            case Schedule.WarmUp s -> largest(s.after());
        };
    }

    @Test
    void linearReachesItsEndAndStays() {
        Schedule schedule = new Schedule.Linear(1, 3, 4);
        assertThat(rates(schedule, 6)).containsExactly(1, 1.5, 2, 2.5, 3, 3);
    }

    @Test
    void cosineFallsThroughTheMiddleHalfWay() {
        Schedule schedule = new Schedule.Cosine(2, 0, 4);
        assertThat(schedule.at(0)).isEqualTo(2);
        assertThat(schedule.at(2)).isCloseTo(1, within(1e-15));
        assertThat(schedule.at(4)).isEqualTo(0);
        assertThat(schedule.at(400)).isEqualTo(0);
    }

    @Test
    void stepDecayFallsAtMultiples() {
        assertThat(rates(new Schedule.StepDecay(8, 0.5, 2), 6)).containsExactly(8, 8, 4, 4, 2, 2);
    }

    @Test
    void warmUpRisesToTheFirstRateAndThenStartsTheOther() {
        assertThat(rates(new Schedule.StepDecay(8, 0.5, 2).warmedUp(4), 8)).containsExactly(2, 4, 6, 8, 8, 8, 4, 4);
        assertThat(new Schedule.Constant(1).warmedUp(0)).isEqualTo(new Schedule.Constant(1));
    }

    @Test
    void refusesWhatIsNoSchedule() {
        assertThatThrownBy(() -> new Schedule.Constant(-1)).hasMessageContaining("at least 0, not -1.0");
        assertThatThrownBy(() -> new Schedule.Constant(Double.NaN)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> new Schedule.Cosine(1, 0, 0)).hasMessageContaining("at least 1 step, not 0");
        assertThatThrownBy(() -> new Schedule.StepDecay(1, 2, 5)).hasMessageContaining("(0, 1], not 2.0");
    }

    private static double[] rates(Schedule schedule, int steps) {
        double[] result = new double[steps];
        for (int k = 0; k < steps; k++) {
            result[k] = schedule.at(k);
        }
        return result;
    }
}
