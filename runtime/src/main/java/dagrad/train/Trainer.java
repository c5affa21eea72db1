package dagrad.train;

import dagrad.backend.Backend;
import dagrad.backend.Executable;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.optimizer.FlatLayout;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.StepGraph;
import dagrad.plan.Plan;
import dagrad.schedule.Scheduler;
import dagrad.tensor.HostTensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// The loop: writes a batch, runs the step graph, reads the loss; now and then it evaluates. Everything that happens
/// follows from the model, the recipe, the settings (seed included) and the batches; on one device and number of
/// threads the numbers are the same in each run.
///
/// ```java
/// try (Trainer trainer = new Trainer(backend, model, recipe, Settings.of(128, 1000))) {
///     trainer.listen(progress);
///     trainer.train(batches, validation);
///     Safetensors.write(file, trainer.parameters());
/// }
/// ```
public final class Trainer implements AutoCloseable {
    private final Backend backend;
    private final Recipe recipe;
    private final Settings settings;
    private final FlatLayout layout;
    private final Executable step;
    private final Feed feed;
    private final Evaluator evaluator;
    private final StepOutputs outputs;
    private final List<Consumer<? super Event>> listeners = new ArrayList<>();
    private final Pace pace;
    private final LongSupplier nanoTime;
    /// Steps that the device was given, and of them those that were told of.
    private long begun;
    private long done;

    /// Makes and loads the plan of the step, and writes the initial parameters.
    ///
    /// @throws dagrad.graph.GraphException if the model cannot be trained
    /// @throws dagrad.backend.DeviceException if the device cannot run it
    public Trainer(Backend backend, Model model, Recipe recipe, Settings settings) {
        this(backend, model, recipe, settings, System::nanoTime);
    }

    /// @param nanoTime the clock that paces are told by
    Trainer(Backend backend, Model model, Recipe recipe, Settings settings, LongSupplier nanoTime) {
        this.backend = backend;
        this.recipe = recipe;
        this.settings = settings;
        this.nanoTime = nanoTime;
        this.pace = new Pace(nanoTime, (long) settings.batch() * recipe.accumulation());
        StepGraph graph = StepGraph.of(model.training(settings.batch()), recipe);
        this.layout = graph.layout();
        this.step = backend.load(Scheduler.plan(graph.graph(), backend.capabilities()));
        this.feed = new Feed(step);
        this.evaluator = new Evaluator(backend, size -> recipe.precision().of(model.evaluation(size)), layout);
        Parameters.write(Parameters.initial(model, layout, settings.seed()), step, layout);
        if (plan().inputs().containsKey("random/seed")) {
            int[] words = {(int) settings.seed(), (int) (settings.seed() >>> 32)};
            step.write("random/seed", HostTensor.of(words, 2));
        }
        this.outputs = new StepOutputs(step, recipe.accumulation());
    }

    /// The plan of a step.
    public Plan plan() {
        return step.plan();
    }

    /// Where each parameter lies in the plan's flat inputs.
    public FlatLayout layout() {
        return layout;
    }

    /// A copy of the parameters as they are now, by name.
    public Map<String, HostTensor> parameters() {
        return Parameters.read(step, layout);
    }

    /// Goes on from other parameters than the initial ones.
    ///
    /// @throws IllegalArgumentException if one is missing or has another spec
    public void setParameters(Map<String, HostTensor> parameters) {
        Parameters.write(parameters, step, layout);
    }

    /// Adds a listener; they are told in the order they were added, on the thread that trains. A device that works
    /// beside the host may have begun the next step by then, and [#parameters] waits for that; not so at a step with an
    /// evaluation.
    public void listen(Consumer<? super Event> listener) {
        listeners.add(listener);
    }

    /// Trains until the steps are done, the batches end, or the evaluations have not improved for too long.
    ///
    /// @param batches each of the settings' size; a step takes as many as the recipe accumulates
    /// @param validation batches of any size; empty for no evaluations
    /// @throws TrainingException naming the step if a batch does not fit or a loss is not finite
    public Event.Finished train(
            Iterator<Map<String, HostTensor>> batches, Iterable<Map<String, HostTensor>> validation) {
        tell(new Event.Started(backend.name(), layout.size(), settings.steps()));
        long began = nanoTime.getAsLong();
        Best best = new Best();
        outputs.forget();
        begun = done;
        Consumer<Map<String, Double>> complete = values -> complete(values, validation, best);
        Event.Reason reason = Event.Reason.STEPS_DONE;
        pace.begin();
        while (begun < settings.steps() && !best.isEnough()) {
            if (!begin(batches, complete)) {
                reason = Event.Reason.DATA_ENDED;
                break;
            }
            // An evaluation is of the parameters after its step, so the next one waits.
            outputs.take(settings.evaluatesAfter(begun) ? 0 : outputs.ahead(), complete);
        }
        outputs.take(0, complete);
        if (best.isEnough()) {
            reason = Event.Reason.NO_IMPROVEMENT;
        }
        best.restore();
        double seconds = (nanoTime.getAsLong() - began) / 1e9;
        var finished = new Event.Finished(done, reason, best.evaluated, best.step, seconds);
        tell(finished);
        return finished;
    }

    /// Begins one change of the parameters.
    ///
    /// @param complete is given the outputs of earlier steps
    /// @return false if there were not batches enough
    private boolean begin(Iterator<Map<String, HostTensor>> batches, Consumer<Map<String, Double>> complete) {
        for (int run = 0; run < recipe.accumulation(); run++) {
            try {
                if (!batches.hasNext()) {
                    return false;
                }
                write(batches.next());
            } catch (RuntimeException e) {
                // What is wrong with a batch is told after all that was done before it.
                outputs.take(0, complete);
                throw e;
            }
            step.run();
            outputs.ask();
            outputs.take(1, complete);
        }
        begun++;
        return true;
    }

    private void complete(Map<String, Double> values, Iterable<Map<String, HostTensor>> validation, Best best) {
        requireFinite(StepGraph.LOSS, values);
        requireFinite(StepGraph.GRADIENT_NORM, values);
        done++;
        pace.end();
        Map<String, Double> evaluated = settings.evaluatesAfter(done) ? evaluate(validation) : Map.of();
        tell(report(values, evaluated));
        best.consider(evaluated);
        pace.begin();
    }

    private void write(Map<String, HostTensor> batch) {
        try {
            feed.write(batch);
        } catch (TrainingException e) {
            throw new TrainingException("step " + (begun + 1) + ": " + e.getMessage());
        }
    }

    private void requireFinite(String name, Map<String, Double> outputs) {
        Double value = outputs.get(name);
        if (value != null && !Double.isFinite(value)) {
            throw new TrainingException("step " + (done + 1) + ": the " + name.replace('_', ' ') + " is " + value
                    + "; a smaller learning rate (it is " + recipe.schedule().at(done) + " here)"
                    + (recipe.clipNorm().isPresent() ? "" : " or clipped gradients")
                    + " may prevent that");
        }
    }

    private Event.Step report(Map<String, Double> outputs, Map<String, Double> evaluated) {
        Map<String, Double> others = new LinkedHashMap<>(outputs);
        double loss = others.remove(StepGraph.LOSS);
        Double norm = others.remove(StepGraph.GRADIENT_NORM);
        return new Event.Step(
                done,
                loss,
                others,
                evaluated,
                recipe.schedule().at(done - 1),
                norm == null ? OptionalDouble.empty() : OptionalDouble.of(norm),
                pace.itemsPerSecond());
    }

    private void tell(Event event) {
        listeners.forEach(listener -> listener.accept(event));
    }

    /// The scalar outputs of the evaluation graph with the parameters as they are now, averaged over the examples.
    public Map<String, Double> evaluate(Iterable<Map<String, HostTensor>> batches) {
        Map<String, HostTensor> held = new HashMap<>(Parameters.readFlat(step, layout));
        Graph graph = plan().graph();
        graph.inputs(Input.Kind.STATE).keySet().stream()
                .filter(label -> !label.startsWith("optimizer/"))
                .forEach(label -> held.put(label, step.read(label)));
        evaluator.hold(held);
        return evaluator.means(batches);
    }

    @Override
    public void close() {
        evaluator.close();
        step.close();
    }

    /// The best evaluation so far, and with patience its parameters.
    private final class Best {
        private Map<String, Double> evaluated = Map.of();
        private Map<String, HostTensor> parameters = Map.of();
        private long step;
        private int misses;

        /// @param now the scalars of an evaluation; empty if there was none
        void consider(Map<String, Double> now) {
            if (now.isEmpty()) {
                return;
            }
            double loss = now.getOrDefault(StepGraph.LOSS, Double.NaN);
            double before = evaluated.getOrDefault(StepGraph.LOSS, Double.POSITIVE_INFINITY);
            if (loss < before) {
                evaluated = now;
                step = done;
                misses = 0;
                parameters = settings.patience() > 0 ? Parameters.readFlat(Trainer.this.step, layout) : Map.of();
            } else {
                misses++;
            }
        }

        /// Whether it is time to stop.
        boolean isEnough() {
            return settings.patience() > 0 && misses >= settings.patience();
        }

        void restore() {
            parameters.forEach(Trainer.this.step::write);
        }
    }
}
