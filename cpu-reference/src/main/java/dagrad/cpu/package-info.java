/// The CPU backend: executes plans in float32 on worker threads. Read [CpuBackend][dagrad.cpu.CpuBackend] and
/// [CpuExecutable][dagrad.cpu.CpuExecutable]; then [Memory][dagrad.cpu.Memory] (a plan's blocks as typed Java arrays),
/// [Workers][dagrad.cpu.Workers] (a parallel for that allocates nothing) and [Step][dagrad.cpu.Step] (a launch,
/// compiled).
///
/// Tensors live in Java arrays, one for each block of the arena: the JVM's compiler vectorises loops over arrays, and
/// OpenBLAS reads them in place. Nothing in here knows how a plan was made.
@NullMarked
package dagrad.cpu;

import org.jspecify.annotations.NullMarked;
