/// The kernels' text: what the shipped ones declare, and that NVIDIA's own compiler takes them and generated ones
/// without a warning for every kind of card, and what they need of one. What needs nvcc is skipped where there is none.
@NullMarked
package dagrad.nvcc;

import org.jspecify.annotations.NullMarked;
