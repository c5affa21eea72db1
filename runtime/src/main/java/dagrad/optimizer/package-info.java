/// The optimizer as part of the graph: from a graph with a scalar loss to the graph of a whole training step.
///
/// Read [Optimizer][dagrad.optimizer.Optimizer] (the update rules of lecture (6) and (7)),
/// [Schedule][dagrad.optimizer.Schedule] (learning rates as functions of the step),
/// [Recipe][dagrad.optimizer.Recipe] (all that is to be said of a step),
/// [FlatLayout][dagrad.optimizer.FlatLayout] (where each parameter lies in the flat buffers) and
/// [StepGraph][dagrad.optimizer.StepGraph], which puts them together. [Lora][dagrad.optimizer.Lora] puts few parameters
/// in the place of many before that.
///
/// May use `graph`, `gradient`, `precision` and `tensor`. Nothing is computed here, and nothing knows of plans or
/// devices.
@NullMarked
package dagrad.optimizer;

import org.jspecify.annotations.NullMarked;
