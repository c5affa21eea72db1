package dagrad.train;

import static dagrad.tensor.TensorSpec.f32;

import dagrad.backend.Backend;
import dagrad.data.Batches;
import dagrad.data.Examples;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.optimizer.Optimizer;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.Schedule;
import dagrad.tensor.HostTensor;
import dagrad.train.checkpoint.State;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// A small training with all that a state can have: dropout, a running mean, gradients accumulated over two runs,
/// AdamW's moments, an average of the parameters, evaluations with patience, and epochs whose ends are no ends of
/// steps.
final class Resumable {
    static final int BATCH = 4;
    static final long STEPS = 14;

    private static final Model MODEL = new Model() {
        @Override
        public Graph training(int batch) {
            return Graph.build(g -> loss(g, batch, true));
        }

        @Override
        public Graph evaluation(int batch) {
            return Graph.build(g -> loss(g, batch, false));
        }
    };

    private Resumable() {}

    private static void loss(GraphBuilder g, int batch, boolean training) {
        Value x = g.input("x", f32(batch, 3));
        Value hidden =
                g.relu(g.linear(x, g.parameter("hidden/weight", f32(17, 3)), g.parameter("hidden/bias", f32(17))));
        Value mean = g.state("running/mean", f32(17));
        Value centred = g.sub(hidden, mean);
        if (training) {
            g.update(mean, g.add(g.mul(mean, 0.9), g.mul(g.mean(hidden, 0), 0.1)));
        }
        Value out = g.linear(
                training ? g.dropout(centred, 0.2) : centred,
                g.parameter("out/weight", f32(1, 17)),
                g.parameter("out/bias", f32(1)));
        g.output("loss", g.mean(g.square(g.sub(out, g.input("y", f32(batch, 1))))));
    }

    static Recipe recipe() {
        return Recipe.of(new Optimizer.AdamW(), new Schedule.Cosine(0.02, 0, (int) STEPS))
                .clipped(1)
                .accumulating(2)
                .averaged(0.9);
    }

    static Settings settings() {
        return Settings.of(BATCH, STEPS).evaluatedEvery(3).stoppedAfter(4).seeded(11);
    }

    static Trainer trainer(Backend device, Recipe recipe) {
        return new Trainer(device, MODEL, recipe, settings());
    }

    /// x and y = x₀ − x₁ x₂.
    static Examples examples(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] x = new float[3 * count];
        float[] y = new float[count];
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < 3; j++) {
                x[3 * i + j] = random.nextFloat();
            }
            y[i] = x[3 * i] - x[3 * i + 1] * x[3 * i + 2];
        }
        return Examples.ofTensors(Map.of("x", HostTensor.of(x, count, 3), "y", HostTensor.of(y, count, 1)));
    }

    static Batches batches(Batches.Position from) {
        return new Batches(examples(23, 1), BATCH, 5, Batches.Rest.DROPPED, from);
    }

    static Rehearsal rehearsal(Backend device) {
        return new Rehearsal(
                () -> trainer(device, recipe()),
                Resumable::batches,
                examples(10, 2).inOrder(4));
    }

    /// What a training came to.
    ///
    /// @param lines of the metrics, without the pace
    record Outcome(Event.Finished finished, State state, List<String> lines, List<Event> events) {}

    /// What happens during a training.
    @FunctionalInterface
    interface Meanwhile {
        void accept(Trainer trainer, Event event) throws IOException;
    }

    /// Trains in a folder, from its newest checkpoint if it is there.
    ///
    /// @param meanwhile is told each event, after all others, and the trainer
    static Outcome train(Backend device, Path folder, Cadence cadence, Meanwhile meanwhile) {
        boolean resumes = Files.exists(folder.resolve(Run.CONFIG));
        List<Event> events = new ArrayList<>();
        try (Run run = resumes ? Run.open(folder) : Run.create(folder, Map.of("job", "test"));
                Trainer trainer = trainer(device, recipe())) {
            trainer.listen(events::add);
            trainer.listen(run);
            trainer.listen(event -> {
                try {
                    meanwhile.accept(trainer, event);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            trainer.checkpoint(run.checkpoints(cadence, 2));
            if (resumes) {
                trainer.resume(text -> events.add(new Event.Warning(0, text)));
            }
            try (Batches batches = batches(trainer.position())) {
                Event.Finished finished = trainer.train(batches, examples(10, 2).inOrder(4));
                return new Outcome(finished, trainer.state(), lines(folder), events);
            }
        }
    }

    static List<String> lines(Path folder) {
        try {
            return Files.readAllLines(folder.resolve(Run.METRICS)).stream()
                    .map(line -> line.replaceAll(",\"items_per_s\":[^}]*", ""))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
