package dagrad.train;

import java.awt.Color;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Collects what became of the loss and the other scalars, and draws it: a panel for each, with one line for the
/// training batches and one for the validation data.
final class LearningCurve {
    private static final Color TRAINING = new Color(0x7f, 0xa8, 0xd9);
    private static final Color VALIDATION = new Color(0xd6, 0x52, 0x1c);

    private final Map<String, List<Chart.Point>> training = new LinkedHashMap<>();
    private final Map<String, List<Chart.Point>> validation = new LinkedHashMap<>();

    /// @param loss averaged over the steps since the last call
    void add(Event.Step step, double loss) {
        put(training, "loss", step.step(), loss);
        step.outputs().forEach((name, value) -> put(training, name, step.step(), value));
        step.validation().forEach((name, value) -> put(validation, name, step.step(), value));
    }

    private static void put(Map<String, List<Chart.Point>> lines, String name, long step, double value) {
        if (Double.isFinite(value)) {
            lines.computeIfAbsent(name, _ -> new ArrayList<>()).add(new Chart.Point(step, value));
        }
    }

    List<Chart> charts() {
        List<Chart> charts = new ArrayList<>();
        training.forEach((name, points) -> {
            List<Chart.Line> lines =
                    new ArrayList<>(List.of(new Chart.Line("training", TRAINING, Chart.Style.LINE, points)));
            List<Chart.Point> checked = validation.getOrDefault(name, List.of());
            if (!checked.isEmpty()) {
                lines.add(new Chart.Line("validation", VALIDATION, Chart.Style.MARKED, checked));
            }
            charts.add(new Chart("step", name, lines));
        });
        return charts;
    }

    /// Writes the picture as PNG, atomically; nothing if there was no step.
    ///
    /// @throws FileException if that cannot be done
    void write(Path file) {
        if (!training.isEmpty()) {
            Png.write(file, Chart.draw(charts()));
        }
    }
}
