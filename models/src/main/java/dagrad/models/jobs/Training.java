package dagrad.models.jobs;

import dagrad.data.Batches;
import dagrad.data.Examples;
import dagrad.io.AtomicFile;
import dagrad.optimizer.Lora;
import dagrad.optimizer.Recipe;
import dagrad.plan.ByteCount;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import dagrad.train.Event;
import dagrad.train.Fit;
import dagrad.train.Model;
import dagrad.train.Needs;
import dagrad.train.Png;
import dagrad.train.Pretrained;
import dagrad.train.Rehearsal;
import dagrad.train.Run;
import dagrad.train.Settings;
import dagrad.train.Trainer;
import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/// What all jobs do in the same way: open the folder of results and write the configuration down, train with progress
/// and metrics, keep the weights, and put pictures and texts beside them.
///
/// ```java
/// try (Training training = Training.begin(this, chosen, at)) {
///     training.train(model, common.recipe(steps), common.settings(steps), examples, validation.inOrder(1000));
///     at.say().accept(…);
/// }
/// ```
public final class Training implements AutoCloseable {
    private final Job job;
    private final Common common;
    private final Workplace at;
    private final Optional<Run> run;
    private final Optional<Lora> lora;
    private final Optional<Map<String, HostTensor>> begun;
    private Optional<Trainer> trainer = Optional.empty();

    private Training(
            Job job,
            Common common,
            Workplace at,
            Optional<Run> run,
            Optional<Lora> lora,
            Optional<Map<String, HostTensor>> begun) {
        this.job = job;
        this.common = common;
        this.at = at;
        this.run = run;
        this.lora = lora;
        this.begun = begun;
    }

    /// Makes the folder, if one is wanted, with the job's name and all hyperparameters in its configuration; or opens
    /// the one in which a training goes on.
    ///
    /// @throws dagrad.io.FileException if that cannot be done, or the folder has something in it already
    /// @throws dagrad.graph.GraphException if adapters are wanted and the weights have none of the matrices that they name
    public static Training begin(Job job, Hyperparameters chosen, Workplace at) {
        boolean resumes = at.keeping().resumes();
        Common common = new Common(chosen);
        Optional<Lora> lora = common.lora();
        Optional<Map<String, HostTensor>> begun = common.weights().map(job::weights);
        if (lora.isPresent() && begun.isPresent()) {
            lora.get().requireTarget(specs(begun.get()));
        }
        Optional<Path> out = at.keeping().check().isPresent() ? Optional.empty() : at.out();
        return new Training(
                job,
                common,
                at,
                out.map(folder -> resumes ? Run.open(folder) : Run.create(folder, config(job, chosen))),
                lora,
                begun);
    }

    private static ObjectNode config(Job job, Hyperparameters chosen) {
        ObjectNode config = chosen.toJson().objectNode();
        config.put(SavedRun.JOB, job.name());
        config.setAll(chosen.toJson());
        // The run is used from other places, too.
        new Common(chosen)
                .weights()
                .ifPresent(file ->
                        config.put("weights", file.toAbsolutePath().normalize().toString()));
        return config;
    }

    private static Map<String, TensorSpec> specs(Map<String, HostTensor> weights) {
        Map<String, TensorSpec> specs = new TreeMap<>();
        weights.forEach((name, weight) -> specs.put(name, weight.spec()));
        return specs;
    }

    /// Trains, keeps checkpoints and the weights, and says how it went.
    ///
    /// @param examples shuffled by the settings' seed
    /// @param validation batches; none for no evaluations
    /// @throws TrainingEnded if it was stopped, or was there only to be checked
    /// @throws dagrad.train.checkpoint.CheckpointException if it cannot go on from the checkpoints that are there
    /// @throws dagrad.train.TrainingException if the device has too little memory for it
    public Event.Finished train(
            Model model,
            Recipe recipe,
            Settings settings,
            Examples examples,
            Iterable<Map<String, HostTensor>> validation) {
        Model beginning = begun.<Model>map(weights -> new Pretrained(model, weights, lora))
                .orElse(model);
        if (!common.fits()) {
            return trainCut(beginning, recipe, settings, examples, validation);
        }
        Fit fit = Fit.of(
                at.device(), beginning, recipe, settings, validation, at.out().isPresent());
        at.remark().accept(text(fit));
        run.ifPresent(results -> results.configure(config(job, common.with(fit))));
        return trainCut(beginning, fit.of(recipe), fit.of(settings), examples, validation);
    }

    private static String text(Fit fit) {
        return "a step is " + fit.accumulation() + (fit.accumulation() == 1 ? " run" : " runs") + " of " + fit.batch()
                + " examples"
                + (fit.memory().isPresent()
                        ? "; what does not fit into "
                                + ByteCount.text(fit.memory().getAsLong()) + " is computed again"
                        : "");
    }

    private Event.Finished trainCut(
            Model beginning,
            Recipe recipe,
            Settings settings,
            Examples examples,
            Iterable<Map<String, HostTensor>> validation) {
        at.keeping().check().ifPresent(check -> {
            Rehearsal rehearsal = new Rehearsal(
                    () -> new Trainer(at.device(), beginning, recipe, settings),
                    position -> batches(examples, settings, position),
                    validation);
            Supplier<Needs> needs = () -> Needs.of(
                    at.device(),
                    beginning,
                    recipe,
                    settings,
                    validation,
                    at.out().isPresent());
            throw check.of(rehearsal, needs, at.device().name());
        });
        Trainer started = new Trainer(at.device(), beginning, recipe, settings);
        trainer = Optional.of(started);
        started.listen(at.progress());
        run.ifPresent(r -> keep(started, r));
        at.keeping().began().accept(started);
        try (Batches batches = batches(examples, settings, started.position())) {
            Event.Finished finished = started.train(batches, validation);
            if (finished.reason() == Event.Reason.STOPPED) {
                throw new TrainingEnded("stopped after step " + finished.steps(), true);
            }
            run.ifPresent(r -> r.save(started.parameters()));
            at.say().accept(text(finished));
            return finished;
        }
    }

    private static Batches batches(Examples examples, Settings settings, Batches.Position from) {
        return new Batches(examples, settings.batch(), settings.seed(), Batches.Rest.DROPPED, from);
    }

    private void keep(Trainer started, Run results) {
        started.listen(results);
        started.describe(results);
        started.checkpoint(
                results.checkpoints(at.keeping().cadence(), at.keeping().keep()));
        if (at.keeping().resumes()) {
            started.resume(warning -> at.remark().accept("warning: " + warning)).ifPresent(state -> {
                if (!state.device().equals(at.device().name())) {
                    at.remark()
                            .accept("the run goes on on " + at.device().name() + " and was on " + state.device()
                                    + ": it will not come to the same bits");
                }
            });
        }
    }

    private static String text(Event.Finished finished) {
        String best = finished.best().isEmpty()
                ? ""
                : "; validation " + scalars(finished.best()) + " (best, after step " + finished.bestStep() + ")";
        return String.format(Locale.ROOT, "%d steps in %.1f s%s", finished.steps(), finished.seconds(), best);
    }

    /// Numbers with their names, for people: `loss 0.3127, accuracy 0.8901`.
    public static String scalars(Map<String, Double> values) {
        return values.entrySet().stream()
                .map(e -> String.format(Locale.ROOT, "%s %.4f", e.getKey(), e.getValue()))
                .reduce((a, b) -> a + ", " + b)
                .orElse("");
    }

    /// The trainer, once something was trained.
    ///
    /// @throws IllegalStateException if nothing was
    public Trainer trainer() {
        return trainer.orElseThrow(() -> new IllegalStateException("nothing was trained yet"));
    }

    /// The weights as they are now; with adapters added to them, if adapters are trained.
    ///
    /// @throws IllegalStateException if nothing was trained
    public Map<String, HostTensor> weights() {
        Map<String, HostTensor> trained = trainer().parameters();
        return lora.map(adapters -> adapters.merged(begun.orElseThrow(), trained))
                .orElse(trained);
    }

    /// The folder of results, if there is one.
    public Optional<Path> folder() {
        return run.map(Run::folder);
    }

    /// Puts a picture into the folder, if there is one, as PNG.
    ///
    /// @param name of the file: `samples.png`
    /// @throws dagrad.io.FileException if that cannot be done; nothing half-written is left behind
    public void picture(String name, BufferedImage image) {
        folder().ifPresent(folder -> Png.write(folder.resolve(name), image));
    }

    /// Puts a text into the folder, if there is one.
    public void text(String name, String text) {
        folder().ifPresent(folder -> AtomicFile.write(folder.resolve(name), text.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void close() {
        trainer.ifPresent(Trainer::close);
        run.ifPresent(Run::close);
    }
}
