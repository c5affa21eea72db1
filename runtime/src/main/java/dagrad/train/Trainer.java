package dagrad.train;

import dagrad.backend.Backend;
import dagrad.backend.Executable;
import dagrad.data.BatchSource;
import dagrad.data.Batches;
import dagrad.flight.StepEvent;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.optimizer.FlatLayout;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.StepGraph;
import dagrad.plan.Plan;
import dagrad.tensor.HostTensor;
import dagrad.train.checkpoint.State;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

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
    private final StepRunner runner;
    private final Evaluator evaluator;
    private final Memory memory;
    private final Trouble trouble;
    private final List<Consumer<? super Event>> listeners = new ArrayList<>();
    private final Pace pace;
    private final LongSupplier nanoTime;
    private Optional<Saving> saving = Optional.empty();
    /// The memory of the state that is being saved, used again for the next one.
    private final Map<String, HostTensor> saved = new LinkedHashMap<>();
    private StepEvent flight = new StepEvent();
    private volatile boolean stopping;
    /// What was said of evaluations, to be said once.
    private final Set<String> warned = new HashSet<>();
    private Best best = Best.NONE;
    private Batches.Position position = Batches.Position.START;
    private Optional<Event.Resumed> resumed = Optional.empty();
    /// Steps that were told of; the device may have been given more.
    private long done;

    /// Makes and loads the plan of the step, and writes the initial parameters.
    ///
    /// @throws dagrad.graph.GraphException if the model cannot be trained
    /// @throws dagrad.backend.DeviceException if the device cannot run it
    /// @throws TrainingException if the device has too little memory for it; it says what would fit
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
        this.layout = Room.step(model, recipe, settings.batch()).layout();
        this.step = backend.load(new Room(backend, model, recipe, settings).plan());
        this.evaluator = Evaluator.of(backend, model, recipe, layout);
        Parameters.write(Parameters.initial(model, layout, settings.seed()), step, layout);
        Parameters.initialStates(model, plan().graph(), settings.seed()).forEach(step::write);
        if (plan().inputs().containsKey("random/seed")) {
            int[] words = {(int) settings.seed(), (int) (settings.seed() >>> 32)};
            step.write("random/seed", HostTensor.of(words, 2));
        }
        this.memory = new Memory(step, layout);
        this.runner = new StepRunner(step, recipe.accumulation());
        this.trouble = new Trouble(backend, recipe, plan().graph(), memory, runner);
    }

    /// The plan of a step.
    public Plan plan() {
        return step.plan();
    }

    /// Where each parameter lies in the plan's flat inputs.
    public FlatLayout layout() {
        return layout;
    }

    /// A copy of the parameters as they are now, by name: their averages, if the recipe averages.
    public Map<String, HostTensor> parameters() {
        return layout.split(flats());
    }

    /// What has been learnt so far. Before the first step there is nothing to average.
    private Map<String, HostTensor> flats() {
        return recipe.average().isPresent() && done > 0
                ? Parameters.readAverages(step, layout)
                : Parameters.readFlat(step, layout);
    }

    /// Puts back what [#flats] gave.
    private void putBack(Map<String, HostTensor> flats) {
        flats.forEach(step::write);
        if (recipe.average().isPresent() && !flats.isEmpty()) {
            layout.flats().forEach(flat -> step.write(flat.stateLabel(StepGraph.AVERAGE), flats.get(flat.label())));
        }
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

    /// Writes the plan into a run's folder, and from now on the times of its launches, which are measured now and then.
    ///
    /// @throws dagrad.io.FileException if the plan cannot be written
    public void describe(Run run) {
        run.write(Run.PLAN, PlanJson.of(plan(), backend.name(), settings.steps()));
        runner.time(times -> run.write(Run.LAUNCHES, times.toJson()));
    }

    /// From now on saves the training now and then, on a thread of its own.
    ///
    /// @throws IllegalStateException if that was asked for before
    public void checkpoint(Checkpointing wanted) {
        if (saving.isPresent()) {
            throw new IllegalStateException("this training is saved already");
        }
        saving = Optional.of(new Saving(wanted, nanoTime));
    }

    /// Goes back to the newest checkpoint that is whole, if there is one: [#train] goes on from there, and is to be given
    /// batches from [#position] on. Without one it begins again.
    ///
    /// @param warnings is told in a sentence of each newer one that is damaged
    /// @return its state
    /// @throws CheckpointException naming the first difference if it is of another model or recipe
    /// @throws IllegalStateException if nobody said where checkpoints are
    public Optional<State> resume(Consumer<String> warnings) {
        Saving here = saving.orElseThrow(() -> new IllegalStateException("there are no checkpoints to go on from"));
        Optional<State> newest = here.wanted().folder().newest(warnings);
        resumed = Optional.of(new Event.Resumed(0, Map.of()));
        newest.ifPresent(state -> {
            restore(state);
            here.goOnFrom(state.step());
        });
        return newest;
    }

    /// Goes on from a state.
    ///
    /// @throws CheckpointException naming the first difference if it is of another model or recipe
    public void restore(State state) {
        runner.goOnAfter(state.step());
        best = memory.restore(state);
        done = state.step();
        position = state.position();
        resumed = Optional.of(new Event.Resumed(done, state.notes()));
    }

    /// Where the batches begin that [#train] is to be given.
    public Batches.Position position() {
        return position;
    }

    /// The state between two steps: a copy.
    public State state() {
        return state(new LinkedHashMap<>(), Map.of());
    }

    private State state(Map<String, HostTensor> into, Map<String, Double> notes) {
        return memory.state(into, backend.name(), done, position, best, notes);
    }

    /// Asks the training to end after the step at hand, which is then saved. May be called from any thread, at any time.
    public void stop() {
        stopping = true;
    }

    /// Trains until the steps are done, the batches end, or the evaluations have not improved for too long.
    ///
    /// @param batches each of the settings' size; a step takes as many as the recipe accumulates
    /// @param validation batches of any size; empty for no evaluations
    /// @throws TrainingException naming the step if a batch does not fit or a loss is not finite
    /// @throws IllegalStateException if checkpoints are wanted: they need a [BatchSource]
    public Event.Finished train(
            Iterator<Map<String, HostTensor>> batches, Iterable<Map<String, HostTensor>> validation) {
        if (saving.isPresent()) {
            throw new IllegalStateException("checkpoints need batches that know their position");
        }
        trouble.knowsNoBatches();
        return train(batches, () -> position, validation, settings.steps(), true);
    }

    /// The same with checkpoints, if they are wanted; and if a loss is not finite, the step is replayed to say where that
    /// comes from.
    ///
    /// @param batches from [#position] on
    public Event.Finished train(BatchSource batches, Iterable<Map<String, HostTensor>> validation) {
        trouble.knows(batches);
        return train(batches, batches::position, validation, settings.steps(), true);
    }

    /// The same, but no further than to a step, and the parameters stay those of the last step.
    public Event.Finished trainUntil(long last, BatchSource batches, Iterable<Map<String, HostTensor>> validation) {
        trouble.knows(batches);
        return train(batches, batches::position, validation, Math.min(last, settings.steps()), false);
    }

    private Event.Finished train(
            Iterator<Map<String, HostTensor>> batches,
            Supplier<Batches.Position> positions,
            Iterable<Map<String, HostTensor>> validation,
            long last,
            boolean putsBestBack) {
        requireRoom(validation);
        tell(new Event.Started(backend.name(), layout.size(), settings.steps()));
        resumed.ifPresent(this::tell);
        resumed = Optional.empty();
        long began = nanoTime.getAsLong();
        runner.goOnAfter(done);
        Consumer<Map<String, Double>> complete = values -> complete(values, validation);
        boolean ended = false;
        beginStep();
        while (runner.begun() < last && !isEnough() && !stopping && !ended) {
            ended = !runner.begin(batches, positions, complete);
            if (!ended) {
                position = positions.get();
                boolean due = saving.isPresent() && saving.get().isDueAfter(runner.begun());
                // An evaluation is of the parameters after its step, and so is a checkpoint: the next step waits.
                runner.complete(due || settings.evaluatesAfter(runner.begun()), complete);
                boolean improved = done == runner.begun() && best.step() == done;
                if (due || improved) {
                    save();
                }
            }
        }
        runner.complete(true, complete);
        if (!ended) { // else a step may be half accumulated
            save();
        }
        saving.ifPresent(Saving::await);
        warnOfFailures();
        Event.Reason reason = reason(ended);
        if (putsBestBack && reason != Event.Reason.STOPPED) {
            putBack(best.flats());
        }
        double seconds = (nanoTime.getAsLong() - began) / 1e9;
        var finished = new Event.Finished(done, reason, best.evaluation(), best.step(), seconds);
        tell(finished);
        return finished;
    }

    /// A training that would run out of memory at its first evaluation is refused before its first step.
    private void requireRoom(Iterable<Map<String, HostTensor>> validation) {
        Iterator<Map<String, HostTensor>> batches = validation.iterator();
        Optional<Plan> evaluation =
                batches.hasNext() ? Optional.of(evaluator.plan(Feed.examples(batches.next()))) : Optional.empty();
        long free = backend.memory();
        if (Room.isAmple(
                free, plan().arenaBytes() + evaluation.map(Plan::arenaBytes).orElse(0L))) {
            return;
        }
        Needs others = Needs.besides(
                backend, plan().graph(), layout, evaluator.plans(validation), settings, saving.isPresent());
        if (others.device() > free) {
            throw others.refusal(backend, free);
        }
    }

    private Event.Reason reason(boolean ended) {
        if (isEnough()) {
            return Event.Reason.NO_IMPROVEMENT;
        }
        if (done >= settings.steps()) {
            return Event.Reason.STEPS_DONE;
        }
        return ended ? Event.Reason.DATA_ENDED : Event.Reason.STOPPED;
    }

    private boolean isEnough() {
        return settings.patience() > 0 && best.misses() >= settings.patience();
    }

    /// Begins to save the state after the step that is just done; what is done before it is copied is all that training
    /// waits for.
    private void save() {
        saving.filter(s -> !s.isSaved(done)).ifPresent(s -> {
            s.await();
            s.save(state(saved, s.notes()));
        });
    }

    private void warnOfFailures() {
        saving.ifPresent(s -> s.takeFailures().forEach(text -> tell(new Event.Warning(done, text))));
    }

    private void complete(Map<String, Double> values, Iterable<Map<String, HostTensor>> validation) {
        trouble.look(done + 1, values).ifPresent(warning -> tell(new Event.Warning(done + 1, warning)));
        done++;
        pace.end();
        flight.done(done, values.getOrDefault(StepGraph.LOSS, Double.NaN));
        DeadUnits dead = new DeadUnits();
        Map<String, Double> evaluated = settings.evaluatesAfter(done) ? evaluate(validation, dead) : Map.of();
        tell(report(values, evaluated));
        dead.warnings().stream().filter(warned::add).forEach(text -> tell(new Event.Warning(done, text)));
        best = best.after(evaluated, done, () -> settings.patience() > 0 ? flats() : Map.of());
        warnOfFailures();
        beginStep();
    }

    private void beginStep() {
        pace.begin();
        flight = StepEvent.begun();
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
        return evaluate(batches, new DeadUnits());
    }

    private Map<String, Double> evaluate(Iterable<Map<String, HostTensor>> batches, DeadUnits dead) {
        evaluator.letGo(); // of the parameters before
        Map<String, HostTensor> held = new HashMap<>(flats());
        Graph graph = plan().graph();
        graph.inputs(Input.Kind.STATE).keySet().stream()
                .filter(Parameters::isModelState)
                .forEach(label -> held.put(label, step.read(label)));
        evaluator.hold(held);
        return evaluator.means(batches, dead::see);
    }

    @Override
    public void close() {
        saving.ifPresent(Saving::close);
        evaluator.close();
        step.close();
    }
}
