/// Every operation, with what must hold of it: one table of samples ([OpSamples][dagrad.ops.OpSamples]), the operands
/// that each operation is tried on, how far results may be apart ([Tolerance][dagrad.ops.Tolerance]), and two checks,
/// of gradients by difference quotients ([GradientCheck][dagrad.ops.GradientCheck]) and of a device by the float64
/// reference ([OpCheck][dagrad.ops.OpCheck]). It is shipped so that a card can be checked where it is.
///
/// A new operation is a new row of the table. No device and no model may be known here.
@NullMarked
package dagrad.ops;

import org.jspecify.annotations.NullMarked;
