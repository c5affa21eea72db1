/// The CUDA backend's kernels at sizes and layouts for which the table of samples has no rows, against the reference;
/// on the emulator, or on a GPU if there is one. Without either the tests are skipped.
@NullMarked
package dagrad.gpu;

import org.jspecify.annotations.NullMarked;
