/// What a plan's launches become on a GPU: calls of kernels and of cuBLAS, with their grids and arguments, and the text
/// of the kernels that are generated. Only text and numbers: no device is needed here, so everything can be looked at,
/// counted and compiled by other compilers without one.
@NullMarked
package dagrad.cuda.code;

import org.jspecify.annotations.NullMarked;
