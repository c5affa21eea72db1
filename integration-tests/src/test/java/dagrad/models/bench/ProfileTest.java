package dagrad.models.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dagrad.backend.Backend;
import dagrad.backend.DeviceException;
import dagrad.backend.Executable;
import dagrad.io.Json;
import dagrad.parity.Devices;
import dagrad.plan.Plan;
import dagrad.precision.Precision;
import dagrad.reference.ReferenceBackend;
import dagrad.schedule.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// Launches, one by one, on every device: what they compute, and that their times are all there.
class ProfileTest {
    private static final Devices DEVICES = new Devices();
    private static final Workload TINY = Workload.of("tinygraph", Precision.F32, Extent.SMALL);

    @AfterAll
    static void close() {
        DEVICES.close();
    }

    static List<String> devices() {
        return Devices.ids().toList();
    }

    /// A step is the same, whether its launches are waited for or not.
    @ParameterizedTest
    @MethodSource("devices")
    void launchesOneByOneAreTheStep(String id) {
        Backend device = DEVICES.open(id);
        Plan plan = Scheduler.plan(TINY.graph(), device.capabilities());
        try (Executable whole = device.load(plan);
                Executable oneByOne = device.load(plan)) {
            TINY.inputs().forEach(whole::write);
            TINY.inputs().forEach(oneByOne::write);
            for (int step = 0; step < 3; step++) {
                List<Integer> done = new ArrayList<>();
                whole.run();
                oneByOne.run(done::add);
                assertThat(done)
                        .containsExactlyElementsOf(
                                IntStream.range(0, plan.launches().size())
                                        .boxed()
                                        .toList());
            }
            plan.inputs()
                    .keySet()
                    .forEach(name -> assertThat(oneByOne.read(name)
                                    .data()
                                    .mismatch(whole.read(name).data()))
                            .as(name)
                            .isEqualTo(-1));
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void allTimesAreThere(String id) {
        Profile profile =
                Profile.of("tiny", TINY.graph(), TINY.inputs(), TINY.watched(), DEVICES.open(id), 3, Extent.SMALL);
        assertThat(profile.whole()).isPositive();
        assertThat(profile.rates().bytes()).isPositive();
        assertThat(profile.rates().operations()).isPositive();
        ProfileReport report = new ProfileReport(profile);
        JsonNode json = Json.parse(report.toJson(), "profile");
        assertThat(json.path("launches").size()).isEqualTo(profile.launches().size());
        assertThat(json.path("launches").get(0).path("label").asString()).isNotBlank();
        assertThat(report.longest(3)).hasSize(3);
        assertThat(report.toText(3).lines().filter(line -> line.contains("%"))).hasSizeGreaterThan(4);
        // The trace is one step, without a gap.
        double end = 0;
        int launches = 0;
        for (JsonNode event : Json.parse(report.toTrace(), "trace").path("traceEvents")) {
            if (event.path("ph").asString().equals("X")) {
                assertThat(event.path("ts").doubleValue()).isCloseTo(end, within(1e-3));
                assertThat(event.path("dur").doubleValue()).isNotNegative();
                end += event.path("dur").doubleValue();
                launches++;
            }
        }
        assertThat(launches).isEqualTo(profile.launches().size());
    }

    @Test
    void theReferenceHasNoLaunches() {
        try (Backend reference = new ReferenceBackend()) {
            assertThatThrownBy(() ->
                            Profile.of("tiny", TINY.graph(), TINY.inputs(), TINY.watched(), reference, 1, Extent.SMALL))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("runs no launches");
        }
    }
}
