package dagrad.train;

import dagrad.backend.Executable;
import dagrad.backend.Readback;
import dagrad.optimizer.StepGraph;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/// The scalar outputs of steps, each of one or more runs: averaged over the runs, but for the gradient's norm, which
/// the last run knows. Where the device works beside the host, a run's outputs are looked at while the next one is
/// under way.
final class StepOutputs {
    private final Map<String, Readback> readbacks = new LinkedHashMap<>();
    private final int runs;
    private final boolean deferred;
    private Map<String, Double> sums = new LinkedHashMap<>();
    private int asked;
    private int taken;

    /// @param runs in a step
    StepOutputs(Executable step, int runs) {
        this.runs = runs;
        step.plan().outputs().forEach((name, slot) -> {
            if (Evaluator.isScalar(slot.spec())) {
                readbacks.put(name, step.readback(name));
            }
        });
        this.deferred = readbacks.values().stream().anyMatch(Readback::deferred);
    }

    /// Asks for the outputs of the run just begun.
    void ask() {
        readbacks.values().forEach(Readback::ask);
        asked++;
    }

    /// How many runs the device may be ahead.
    int ahead() {
        return deferred ? 1 : 0;
    }

    /// Takes the outputs of runs, the oldest first, until so many are left to take.
    ///
    /// @param completed is given the outputs of each step whose last run is among them
    void take(int left, Consumer<Map<String, Double>> completed) {
        while (asked > left) {
            asked--;
            taken++;
            readbacks.forEach(this::add);
            if (taken == runs) {
                Map<String, Double> step = sums;
                sums = new LinkedHashMap<>();
                taken = 0;
                completed.accept(step);
            }
        }
    }

    private void add(String name, Readback readback) {
        double value = readback.take();
        if (name.equals(StepGraph.GRADIENT_NORM)) {
            sums.put(name, value);
        } else {
            sums.merge(name, value / runs, Double::sum);
        }
    }

    /// Forgets the runs of a step that was not completed.
    void forget() {
        take(0, _ -> {});
        sums = new LinkedHashMap<>();
        taken = 0;
    }
}
