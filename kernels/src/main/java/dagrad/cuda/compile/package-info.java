/// From the text of kernels to code on the GPU: [Sources][dagrad.cuda.compile.Sources] finds the text,
/// [Compiler][dagrad.cuda.compile.Compiler] has it compiled for the card, [CodeCache][dagrad.cuda.compile.CodeCache]
/// keeps what came of it between runs, and [Kernels][dagrad.cuda.compile.Kernels] holds the functions of a plan.
/// Nothing is launched here.
@NullMarked
package dagrad.cuda.compile;

import org.jspecify.annotations.NullMarked;
