package dagrad.train;

import dagrad.backend.Backend;
import dagrad.backend.DeviceException;
import dagrad.data.BatchSource;
import dagrad.data.Batches;
import dagrad.graph.Graph;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.StepGraph;
import dagrad.tensor.HostTensor;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/// What becomes of a step whose loss or gradient is not finite: the step itself changed nothing ([Recipe.Guard]), so it
/// can be replayed and the node be found that the trouble comes from.
final class Trouble {
    /// So many steps in a row may be left out.
    private static final int PATIENCE = 20;

    /// Examples that are named of a batch.
    private static final int NAMED = 16;

    private final Backend backend;
    private final Recipe recipe;
    private final Graph step;
    private final Memory memory;
    private final StepRunner runner;
    private final Watch watch = new Watch();
    private Optional<BatchSource> batches = Optional.empty();
    private int skipped;

    Trouble(Backend backend, Recipe recipe, Graph step, Memory memory, StepRunner runner) {
        this.backend = backend;
        this.recipe = recipe;
        this.step = step;
        this.memory = memory;
        this.runner = runner;
    }

    void knows(BatchSource source) {
        batches = Optional.of(source);
    }

    void knowsNoBatches() {
        batches = Optional.empty();
    }

    /// Looks at the scalars of a step.
    ///
    /// @return a warning, if there is something that people should know
    /// @throws TrainingException if training cannot go on
    Optional<String> look(long number, Map<String, Double> values) {
        Optional<String> bad = Watch.bad(values);
        if (bad.isEmpty()) {
            skipped = 0;
            return Optional.ofNullable(values.get(StepGraph.GRADIENT_NORM))
                    .flatMap(watch::spike)
                    .map(text -> "step " + number + ": " + text);
        }
        String what = "step " + number + ": the " + bad.get().replace('_', ' ') + " is " + values.get(bad.get());
        if (recipe.guard() == Recipe.Guard.SKIP && ++skipped < PATIENCE) {
            return Optional.of(what + "; the step is left out" + examples(number));
        }
        throw new TrainingException(what + cause(number, bad.get()) + examples(number) + advice(number));
    }

    private String advice(long number) {
        return (skipped > 0 ? "; " + skipped + " steps in a row were like that" : "")
                + "; a smaller learning rate (it is " + recipe.schedule().at(number - 1) + " here)"
                + (recipe.clipNorm().isPresent() ? "" : " or clipped gradients")
                + " may prevent that";
    }

    /// Replays the step, if the device still has what it began with and the batch is known.
    private String cause(long number, String output) {
        if (recipe.guard() != Recipe.Guard.FREEZE || batches.isEmpty()) {
            return "";
        }
        Map<String, HostTensor> inputs = memory.inputs();
        Optional<Batches.Position> position = runner.position(number, run(inputs));
        if (position.isEmpty()) {
            return "";
        }
        inputs.putAll(batches.get().batch(position.get()));
        try {
            return Culprit.of(backend, step, inputs, step.output(output))
                    .map(culprit -> ". It begins where " + culprit + inExample(culprit, position.get()))
                    .orElse(". When the step was replayed node by node, it was finite");
        } catch (DeviceException e) {
            return ". The step could not be replayed to find out more: " + e.getMessage();
        }
    }

    /// Of an accumulated step the run that froze.
    private static int run(Map<String, HostTensor> inputs) {
        HostTensor run = inputs.get(StepGraph.RUN);
        return run == null ? 0 : (int) run.scalar();
    }

    private String inExample(Culprit culprit, Batches.Position position) {
        int[] numbers = batches.orElseThrow().numbers(position);
        var shape = culprit.result().spec().shape();
        if (shape.rank() == 0 || shape.dim(0) != numbers.length) {
            return "";
        }
        long row = culprit.result().firstBad() / (shape.size() / shape.dim(0));
        return "; the first is in row " + row + ", example " + numbers[(int) row] + " of the data";
    }

    private String examples(long number) {
        Optional<Batches.Position> position = runner.position(number, 0);
        if (batches.isEmpty() || position.isEmpty()) {
            return "";
        }
        int[] numbers = batches.get().numbers(position.get());
        String list = Arrays.toString(Arrays.copyOf(numbers, Math.min(numbers.length, NAMED)));
        return ". Its batch, of epoch " + position.get().epoch() + ", has the examples "
                + (numbers.length > NAMED ? list.replace("]", ", … (" + numbers.length + ")]") : list);
    }
}
