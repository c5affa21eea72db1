package dagrad.models.jobs;

import dagrad.graph.Graph;
import dagrad.io.Safetensors;
import dagrad.models.bench.Extent;
import dagrad.tensor.HostTensor;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;

/// A training from beginning to end: data, model, recipe, and something to look at when it is done. A job knows no
/// device and prints nothing itself; it trains through a [Training], which is the same for all.
public interface Job {
    /// What commands call it: one word.
    String name();

    /// What it does, in one line of at most 90 letters.
    String summary();

    /// All that can be chosen, with values that do well: the job's own hyperparameters, then [Common#declared].
    Hyperparameters standard();

    /// The graph that is trained, with the standard sizes or small ones: for plans and checks, without data.
    Graph loss(Extent extent);

    /// The graphs of all models that the job can train, by the names that plans and checks know them by: the job's own
    /// for the standard one.
    default Map<String, Function<Extent, Graph>> losses() {
        return Map.of(name(), this::loss);
    }

    /// Weights to begin with, by the names of the model's parameters.
    ///
    /// @param file as an earlier run of this job left it
    /// @throws dagrad.io.FileException if it cannot be read
    /// @throws dagrad.io.FormatException if it is damaged
    default Map<String, HostTensor> weights(Path file) {
        return Safetensors.read(file);
    }

    /// Trains, and shows what came of it.
    ///
    /// @param chosen of [#standard]
    /// @throws dagrad.data.DataException if there is no data
    /// @throws dagrad.io.FileException if a file cannot be read or written
    /// @throws dagrad.io.FormatException if a file is damaged
    /// @throws dagrad.train.TrainingException if a loss or a batch is no good
    void run(Hyperparameters chosen, Workplace at);

    /// A job whose trained model makes something new.
    interface Sampling extends Job {
        /// What can be chosen about samples: `count`, `seed`, and what else there is.
        Hyperparameters sampling();

        /// Makes samples with the weights of an earlier run.
        ///
        /// @param chosen of [#sampling]
        /// @param at its folder, if any, is for what is no text
        void sample(SavedRun run, Hyperparameters chosen, Workplace at);
    }

    /// A job whose trained model says something about data.
    interface Predicting extends Job {
        /// Says what it makes of a file, a line for each example.
        ///
        /// @param count of so many examples at most
        void predict(SavedRun run, Path file, int count, Workplace at);
    }

    /// A job whose trained model other programs can use.
    interface Exporting extends Job {
        /// Puts the model into a folder, which is there, in the files that they expect.
        ///
        /// @throws dagrad.io.FileException if that cannot be done
        void export(SavedRun run, Path folder);
    }
}
