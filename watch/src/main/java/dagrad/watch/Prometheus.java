package dagrad.watch;

import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The runs as Prometheus reads them: a gauge for each name in the metrics, `dagrad_loss{run="names-1"}`, with the last number
/// that the run has under that name, and beside them `dagrad_training`, 1 while a run's metrics grow, else 0, and
/// `dagrad_damaged_lines`.
final class Prometheus {
    /// In the text format of Prometheus.
    static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final String PREFIX = "dagrad.";
    private static final String TRAINING = "training";
    private static final String DAMAGED = "damaged_lines";

    /// No job measures so many; a file from elsewhere might.
    private static final int MOST_NAMES = 500;

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Map<String, MultiGauge> gauges = new LinkedHashMap<>();

    /// All gauges as of a moment. Runs that are gone have none.
    synchronized String text(Runs.View view) {
        Map<String, Map<String, Double>> values = new TreeMap<>();
        for (RunState run : view.runs()) {
            run.metrics().latest().forEach((name, value) -> put(values, name, run, value));
            put(values, TRAINING, run, run.phase() == RunState.Phase.TRAINING ? 1 : 0);
            put(values, DAMAGED, run, run.metrics().damaged().size());
        }
        values.keySet().stream()
                .limit(MOST_NAMES)
                .forEach(name -> gauges.computeIfAbsent(
                        name,
                        _ -> MultiGauge.builder(PREFIX + name)
                                .description(description(name))
                                .register(registry)));
        gauges.forEach((name, gauge) -> gauge.register(rows(values.getOrDefault(name, Map.of())), true));
        return registry.scrape();
    }

    private static String description(String name) {
        return switch (name) {
            case TRAINING -> "Whether the metrics of a run grow";
            case DAMAGED -> "Lines in the metrics of a run that are no metrics";
            default -> "The last " + name + " in the metrics of a run";
        };
    }

    private static void put(Map<String, Map<String, Double>> values, String name, RunState run, double value) {
        values.computeIfAbsent(name, _ -> new TreeMap<>()).put(run.name(), value);
    }

    private static List<MultiGauge.Row<?>> rows(Map<String, Double> byRun) {
        return byRun.entrySet().stream()
                .<MultiGauge.Row<?>>map(e -> MultiGauge.Row.of(Tags.of("run", e.getKey()), e.getValue()))
                .toList();
    }
}
