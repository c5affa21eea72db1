package dagrad.models.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Schedules against closed forms, and sampling with estimators that are known to be the best.
class DenoisingTest {
    /// ᾱ_T of Ho et al.'s schedule, computed in NumPy as `numpy.prod(1 - numpy.linspace(1e-4, 0.02, 1000))`.
    private static final double LEFT = 4.035829765375676e-05;

    @Test
    void theLinearScheduleIsHos() {
        double[] kept = new NoiseSchedule(NoiseSchedule.Kind.LINEAR, 1000).kept();
        assertThat(kept[0]).isCloseTo(1 - 1e-4, within(1e-15));
        assertThat(kept[999]).isCloseTo(LEFT, within(1e-16));
    }

    /// Until β is cut off, near the end, the product is the ratio of two cosines.
    @Test
    void theCosineScheduleIsNichols() {
        double[] kept = new NoiseSchedule(NoiseSchedule.Kind.COSINE, 1000).kept();
        double first = Math.pow(Math.cos(0.008 / 1.008 * Math.PI / 2), 2);
        for (int t = 0; t < 990; t++) {
            double now = Math.pow(Math.cos(((t + 1) / 1000.0 + 0.008) / 1.008 * Math.PI / 2), 2);
            assertThat(kept[t]).isCloseTo(now / first, within(1e-12));
        }
        assertThat(kept[999]).isPositive().isLessThan(1e-6);
    }

    @Test
    void timesAreEvenlySpacedFromTheLast() {
        NoiseSchedule schedule = new NoiseSchedule(NoiseSchedule.Kind.COSINE, 10);
        assertThat(schedule.visited(5)).containsExactly(9, 7, 5, 3, 1);
        assertThat(schedule.visited(3)).containsExactly(9, 5, 2);
        assertThat(schedule.visited(10)).containsExactly(9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
        assertThatThrownBy(() -> new Denoising(schedule, 11, 0))
                .hasMessage("noise of 10 times is removed in 1 to 10 steps, not 11");
        assertThatThrownBy(() -> new Denoising(schedule, 5, 1.5)).hasMessage("η is from 0 to 1, not 1.5");
    }

    /// Who knows the image finds it, by whichever way.
    @ParameterizedTest
    @CsvSource({"LINEAR,0", "LINEAR,1", "COSINE,0", "COSINE,0.5", "COSINE,1"})
    void theImageThatIsKnownIsFound(NoiseSchedule.Kind kind, double eta) {
        NoiseSchedule schedule = new NoiseSchedule(kind, 50);
        double[] image = {-1, -0.5, 0, 0.25, 0.75, 1};
        double[] kept = schedule.kept();
        HostTensor found = new Denoising(schedule, 20, eta)
                .images(
                        Shape.of(1, 6),
                        (x, t) -> map(x, i -> (x.get(i) - Math.sqrt(kept[t]) * image[i]) / Math.sqrt(1 - kept[t])),
                        3);
        assertThat(found.doubles()).containsExactly(image, within(1e-5));
    }

    /// For pixels that are normal with deviation s the best estimate of the noise is linear, and what is drawn must
    /// have that deviation, too. With few steps DDIM and DDPM would miss it.
    @ParameterizedTest
    @CsvSource({"LINEAR,0", "LINEAR,1", "COSINE,0", "COSINE,1"})
    void normalPixelsAreDrawnWithTheirDeviation(NoiseSchedule.Kind kind, double eta) {
        double s = 0.3;
        NoiseSchedule schedule = new NoiseSchedule(kind, 1000);
        double[] kept = schedule.kept();
        HostTensor drawn = new Denoising(schedule, 1000, eta)
                .images(
                        Shape.of(1, 2000),
                        (x, t) -> map(x, i -> Math.sqrt(1 - kept[t]) * x.get(i) / (kept[t] * s * s + 1 - kept[t])),
                        7);
        double variance =
                Arrays.stream(drawn.doubles()).map(v -> v * v).average().orElseThrow();
        assertThat(variance / (s * s)).isBetween(0.9, 1.1);
    }

    private static HostTensor map(HostTensor x, IntToDoubleFunction of) {
        float[] values = new float[Math.toIntExact(x.size())];
        IntStream.range(0, values.length).forEach(i -> values[i] = (float) of.applyAsDouble(i));
        return HostTensor.of(values, x.shape().dims().stream().mapToInt(d -> d).toArray());
    }
}
