package dagrad.models.diffusion;

import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import dagrad.train.Initializer;
import java.util.SplittableRandom;

/// From noise to an image, by a noise estimate at each of some times. From one time to an earlier one, with ᾱ and ᾱ'
/// what is kept at them (Song, Meng & Ermon, "Denoising diffusion implicit models", 2021, (12)):
///
///     x₀ = (x − √(1 − ᾱ) ε̂) / √ᾱ, cut off at ±1, and ε̂ what then leads from x₀ to x
///     x' = √ᾱ' x₀ + √(1 − ᾱ' − σ²) ε̂ + σ z,  σ = η √((1 − ᾱ')/(1 − ᾱ)) √(1 − ᾱ/ᾱ')
///
/// With η = 0 nothing is drawn but the noise at the beginning (DDIM); with η = 1 it is the ancestral sampling of Ho et
/// al. (2020), exactly so if all times are visited (DDPM).
///
/// @param steps how many times are visited
/// @param eta η, from 0 to 1
public record Denoising(NoiseSchedule schedule, int steps, double eta) {
    /// What estimates noise.
    @FunctionalInterface
    public interface Estimator {
        /// The noise in images of a time.
        ///
        /// @param noisy f32[n, ..], not to be kept
        HostTensor noise(HostTensor noisy, int t);
    }

    /// @throws IllegalArgumentException if the schedule has not so many times, or η is not from 0 to 1
    public Denoising {
        schedule.visited(steps);
        if (!(eta >= 0 && eta <= 1)) {
            throw new IllegalArgumentException("η is from 0 to 1, not " + eta);
        }
    }

    /// Draws images.
    ///
    /// @param shape `[n, ..]`
    /// @return f32 of that shape, from −1 to 1
    public HostTensor images(Shape shape, Estimator estimator, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] kept = schedule.kept();
        int[] times = schedule.visited(steps);
        HostTensor x = noise(shape, random);
        for (int i = 0; i < times.length; i++) {
            double here = kept[times[i]];
            double next = i + 1 < times.length ? kept[times[i + 1]] : 1;
            step(x, estimator.noise(x, times[i]), here, next, random);
        }
        return x;
    }

    private static HostTensor noise(Shape shape, SplittableRandom random) {
        return new Initializer.Normal(1).tensor(TensorSpec.f32().withShape(shape), random);
    }

    private void step(HostTensor x, HostTensor noise, double here, double next, SplittableRandom random) {
        double deviation = eta * Math.sqrt((1 - next) / (1 - here)) * Math.sqrt(1 - here / next);
        HostTensor drawn = deviation > 0 ? noise(x.shape(), random) : HostTensor.zeros(x.spec());
        double signal = Math.sqrt(here);
        double spread = Math.sqrt(1 - here);
        double left = Math.sqrt(Math.max(0, 1 - next - deviation * deviation));
        for (long i = 0; i < x.size(); i++) {
            double clean = Math.clamp((x.get(i) - spread * noise.get(i)) / signal, -1.0, 1.0);
            double estimate = (x.get(i) - signal * clean) / spread;
            x.set(i, Math.sqrt(next) * clean + left * estimate + deviation * drawn.get(i));
        }
    }
}
