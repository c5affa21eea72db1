/// The CUDA backend: kernels in text, and what compiles and launches them.
@NullMarked
package dagrad.cuda;

import org.jspecify.annotations.NullMarked;
