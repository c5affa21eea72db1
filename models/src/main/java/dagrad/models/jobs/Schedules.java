package dagrad.models.jobs;

import dagrad.io.Fields;
import dagrad.optimizer.Schedule;
import dagrad.precision.Precision;
import java.util.LinkedHashMap;
import java.util.Map;

/// What the jobs' recipes share.
final class Schedules {
    private Schedules() {}

    /// Up to the rate over a twentieth of the steps, then down to a hundredth of it along a cosine.
    static Schedule upAndDown(double rate, long steps) {
        int warmUp = Math.toIntExact(steps / 20);
        return new Schedule.Cosine(rate, rate / 100, Math.toIntExact(steps - warmUp)).warmedUp(warmUp);
    }

    /// The part of a configuration that every job has.
    static Map<String, Object> config(
            Length length, int batch, double rate, double weightDecay, long seed, Precision precision) {
        Map<String, Object> config = new LinkedHashMap<>();
        switch (length) {
            case Length.Steps s -> config.put("steps", s.count());
            case Length.Epochs e -> config.put("epochs", e.count());
        }
        config.put("batch", batch);
        config.put("learning_rate", rate);
        config.put("weight_decay", weightDecay);
        config.put("seed", seed);
        config.put("precision", precision.text());
        return config;
    }

    /// The precision of an earlier run.
    static Precision precision(Fields config) {
        return config.oneOf("precision", Precision.class, Precision.F32);
    }
}
