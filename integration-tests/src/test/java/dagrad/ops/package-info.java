/// Every operation, verified by what it says of itself: the table of samples ([OpSamples][dagrad.ops.OpSamples]) and
/// one matrix of properties ([OpMatrixTest][dagrad.ops.OpMatrixTest]). A new operation is a new row, nothing else; a
/// new property or backend is a new method over all rows.
@NullMarked
package dagrad.ops;

import org.jspecify.annotations.NullMarked;
