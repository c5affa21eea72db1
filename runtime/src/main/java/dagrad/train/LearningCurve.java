package dagrad.train;

import java.awt.Color;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Collects what became of the loss and the other scalars, and draws it: a panel for each, with one line for the
/// training batches and one for the validation data. However long the training, it takes little memory.
final class LearningCurve {
    private static final Color TRAINING = new Color(0x7f, 0xa8, 0xd9);
    private static final Color VALIDATION = new Color(0xd6, 0x52, 0x1c);

    private final Map<String, LongLine> training = new LinkedHashMap<>();
    private final Map<String, LongLine> validation = new LinkedHashMap<>();

    /// @param loss averaged over the steps since the last call
    void add(Event.Step step, double loss) {
        put(training, "loss", step.step(), loss);
        step.outputs().forEach((name, value) -> put(training, name, step.step(), value));
        step.validation().forEach((name, value) -> put(validation, name, step.step(), value));
    }

    private static void put(Map<String, LongLine> lines, String name, long step, double value) {
        if (Double.isFinite(value)) {
            lines.computeIfAbsent(name, _ -> new LongLine()).add(new Chart.Point(step, value));
        }
    }

    List<Chart> charts() {
        List<Chart> charts = new ArrayList<>();
        training.forEach((name, line) -> {
            List<Chart.Line> lines =
                    new ArrayList<>(List.of(new Chart.Line("training", TRAINING, Chart.Style.LINE, line.points())));
            if (validation.containsKey(name)) {
                List<Chart.Point> checked = validation.get(name).points();
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
