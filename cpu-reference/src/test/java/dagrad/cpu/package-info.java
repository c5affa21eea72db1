/// Tests of the CPU backend: kernels one by one against the reference.
@NullMarked
package dagrad.cpu;

import org.jspecify.annotations.NullMarked;
