package dagrad.models;

import dagrad.graph.Graph;
import dagrad.tensor.Shape;
import dagrad.train.Model;

/// A model that tells classes apart: its input is `x` f32[batch, ..], its target `y` i32[batch].
public interface Classifier extends Model {
    /// The shape of one example in `x`.
    Shape example();

    /// The graph of what it makes of `x`: `probabilities` f32[batch, classes] and `class` i32[batch], the likeliest.
    Graph prediction(int batch);
}
