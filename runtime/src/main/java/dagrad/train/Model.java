package dagrad.train;

import dagrad.graph.Graph;
import dagrad.tensor.TensorSpec;

/// What is trained: a graph for each batch size, all of them over the same parameters. A lambda will do:
/// `batch -> Graph.build(g -> …)`.
@FunctionalInterface
public interface Model {
    /// The graph that is trained.
    ///
    /// @param batch number of examples: the first extent of each data input
    /// @return a graph with a scalar output `loss`, the mean over the batch; further scalar outputs (`accuracy`) are
    ///     means over the batch, too, and are reported
    Graph training(int batch);

    /// The graph that is evaluated on data not trained on: the same, unless the two differ (dropout, batch norm). Its
    /// states are those of the training graph that have their names.
    default Graph evaluation(int batch) {
        return training(batch);
    }

    /// How a parameter begins. By default its name and shape decide ([Initializer#standard]); a model that wants
    /// something else says so here, next to the graph that declares the parameter.
    default Initializer initializer(String parameter, TensorSpec spec) {
        return Initializer.standard(parameter, spec);
    }

    /// What a state of the training graph holds at first; the optimizer's and those of random numbers aside.
    default Initializer state(String state, TensorSpec spec) {
        return new Initializer.Fill(0);
    }
}
