package dagrad.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.models.Mlp;
import dagrad.optimizer.Optimizer.AdamW;
import dagrad.optimizer.Optimizer.Sgd;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.Schedule;
import dagrad.optimizer.StepGraph;
import dagrad.precision.Precision;
import dagrad.tensor.HostTensor;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// A hundred steps of each optimizer on every device: the parameters end where float64 takes them.
class TrajectoryTest {
    private static final Devices DEVICES = new Devices();
    private static final int STEPS = 100;
    private static final Map<String, Map<String, HostTensor>> EXPECTED = new HashMap<>();

    /// Of the way that the parameters went, in norm. A step in f32 is off by 2^-24 of its gradient and of the
    /// parameters, and a hundred of them in one direction would be off by 1e-5 of the parameters, which go less far
    /// than their own size. (AdamW divides by the gradient's size, so that small gradients, with fewer digits, weigh as
    /// much.)
    private static final double ALLOWED = 1e-3;

    /// A recipe, and what is special about it.
    private record Course(String name, Recipe recipe) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Stream<Course> courses() {
        Schedule rate = new Schedule.Constant(0.02);
        return Stream.of(
                new Course("sgd", Recipe.of(new Sgd(), rate)),
                new Course("momentum", Recipe.of(new Sgd(0.9, false, 0.01), rate)),
                new Course("nesterov", Recipe.of(new Sgd(0.9, true, 0), rate)),
                new Course("adamw", Recipe.of(new AdamW(), new Schedule.Constant(3e-3))),
                new Course("clipped", Recipe.of(new Sgd(), rate).clipped(0.1)),
                new Course(
                        "accumulating", Recipe.of(new Sgd(0.9, false, 0), rate).accumulating(3)),
                new Course("cosine", Recipe.of(new AdamW(), new Schedule.Cosine(1e-2, 0, 90).warmedUp(10))),
                new Course("linear", Recipe.of(new Sgd(), new Schedule.Linear(0.05, 0, 80))),
                new Course("step decay", Recipe.of(new Sgd(), new Schedule.StepDecay(0.05, 0.5, 30))));
    }

    static Stream<Arguments> onDevices() {
        return Devices.ids().flatMap(id -> courses().map(course -> Arguments.of(id, course)));
    }

    @AfterAll
    static void close() {
        DEVICES.close();
    }

    private static Steps steps(Recipe recipe) {
        return new Steps(
                StepGraph.of(Mlp.classifier(7, 9, 4).training(6), recipe).graph(), STEPS);
    }

    @ParameterizedTest
    @MethodSource("onDevices")
    void endsWhereTheReferenceDoes(String device, Course course) {
        Steps steps = steps(course.recipe());
        Map<String, HostTensor> expected = EXPECTED.computeIfAbsent(course.name(), _ -> steps.byTheReference());
        Map<String, HostTensor> found = steps.byADevice(DEVICES.open(device));
        assertThat(steps.apart(expected, found)).isLessThan(ALLOWED);
        assertThat(found.get(StepGraph.STEP).scalar())
                .isEqualTo(expected.get(StepGraph.STEP).scalar());
        steps.byADevice(DEVICES.open(device))
                .forEach((label, again) -> assertThat(
                                again.data().mismatch(found.get(label).data()))
                        .as("first byte of %s that differs in a second training", label)
                        .isEqualTo(-1));
    }

    static Stream<Arguments> inBf16() {
        return onDevices().filter(a -> a.get()[1].toString().matches("momentum|adamw|accumulating"));
    }

    /// In bf16 a training goes the same way, but not as exactly.
    @ParameterizedTest
    @MethodSource("inBf16")
    void inBf16ItEndsNearby(String device, Course course) {
        Steps exact = steps(course.recipe());
        Steps mixed = steps(course.recipe().in(Precision.BF16));
        Map<String, HostTensor> expected = EXPECTED.computeIfAbsent(course.name(), _ -> exact.byTheReference());
        double apart = exact.apart(expected, mixed.byADevice(DEVICES.open(device)));
        assertThat(apart).isBetween(1e-5, 0.1);
    }

    /// One step less is noticed.
    @Test
    void aLostStepIsTooFar() {
        courses()
                .filter(course -> course.name().matches("sgd|momentum|adamw|clipped"))
                .forEach(course -> {
                    Steps all = steps(course.recipe());
                    Steps fewer = new Steps(all.graph(), STEPS - 1);
                    double apart = all.apart(all.byTheReference(), fewer.byTheReference());
                    assertThat(apart).as(course.name()).isGreaterThan(ALLOWED);
                });
    }
}
