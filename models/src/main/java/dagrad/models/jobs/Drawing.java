package dagrad.models.jobs;

import dagrad.backend.Backend;
import dagrad.io.FileException;
import dagrad.models.diffusion.Denoising;
import dagrad.models.diffusion.UNet;
import dagrad.precision.Precision;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import dagrad.train.Evaluator;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Draws with a trained [UNet].
record Drawing(UNet model, Precision precision, Map<String, HostTensor> weights, Backend device) {
    /// The names of the classes, one on a line, in a run's folder.
    static final String CLASSES = "classes.txt";

    /// Images that are drawn at the same time.
    private static final int TOGETHER = 50;

    static List<String> classes(SavedRun run) {
        try {
            return Files.readAllLines(run.file(CLASSES));
        } catch (IOException e) {
            throw FileException.reading(run.file(CLASSES), e);
        }
    }

    /// Images of the classes wanted. With a guidance w other than 0 and 1 the noise is
    /// ε(none) + w (ε(class) − ε(none)), which needs two estimates (Ho & Salimans 2022; their own w is one less).
    ///
    /// @return f32[n, channels, side, side] from 0 to 1
    HostTensor images(Denoising denoising, double guidance, int[] wanted, long seed) {
        Shape one = model.image();
        HostTensor all = HostTensor.zeros(
                TensorSpec.f32().withShape(Shape.of(wanted.length).concat(one)));
        try (Evaluator evaluator = evaluator()) {
            for (int from = 0; from < wanted.length; from += TOGETHER) {
                int[] classes = Arrays.copyOfRange(wanted, from, Math.min(wanted.length, from + TOGETHER));
                HostTensor drawn = denoising.images(
                        Shape.of(classes.length).concat(one),
                        (noisy, t) -> estimate(evaluator, noisy, t, classes, guidance),
                        seed + from);
                for (long i = 0; i < drawn.size(); i++) {
                    all.set(from * one.size() + i, (drawn.get(i) + 1) / 2);
                }
            }
        }
        return all;
    }

    Evaluator evaluator() {
        return Evaluator.of(device, model::prediction, precision, weights);
    }

    /// What is taken for noise at a time.
    HostTensor estimate(Evaluator evaluator, HostTensor noisy, int t, int[] classes, double guidance) {
        if (guidance == 1) {
            return noise(evaluator, noisy, t, classes);
        }
        int[] none = new int[classes.length];
        Arrays.fill(none, model.none());
        HostTensor without = noise(evaluator, noisy, t, none);
        if (guidance == 0) {
            return without;
        }
        HostTensor with = noise(evaluator, noisy, t, classes);
        for (long i = 0; i < with.size(); i++) {
            with.set(i, without.get(i) + guidance * (with.get(i) - without.get(i)));
        }
        return with;
    }

    private static HostTensor noise(Evaluator evaluator, HostTensor noisy, int t, int[] classes) {
        int[] times = new int[classes.length];
        Arrays.fill(times, t);
        return evaluator
                .run(Map.of(
                        "noisy", noisy,
                        "t", HostTensor.of(times, times.length),
                        "y", HostTensor.of(classes, classes.length)))
                .get("noise");
    }
}
