/// In what numbers a model is computed: [Precision][dagrad.precision.Precision] is what a user chooses, and
/// [MixedPrecision][dagrad.precision.MixedPrecision] the pass that writes the choice of bf16 into a loss graph, before
/// gradients are taken. From there on precision is in the graph: nothing else is told of it, and the reference rounds
/// where the devices do.
///
/// May use `graph` and `tensor`.
@NullMarked
package dagrad.precision;

import org.jspecify.annotations.NullMarked;
