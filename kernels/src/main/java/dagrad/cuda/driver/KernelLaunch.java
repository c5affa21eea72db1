package dagrad.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jcuda.Pointer;
import jcuda.driver.JCudaDriver;

/// A kernel with its grid and arguments, bound once in direct memory, so that queueing it makes no garbage.
public final class KernelLaunch {
    private final Function function;
    private final int[] extents;
    private final Pointer parameters;
    private final String doing;

    /// @param extents blocks in x, y, z, threads in x, y, z, bytes of shared memory
    /// @param arguments of the kernel's parameters, each in the lower bytes of a long
    /// @throws dagrad.backend.DeviceException if the card has not so much shared memory
    public KernelLaunch(Function function, int[] extents, long[] arguments) {
        this.function = function;
        this.extents = extents.clone();
        this.doing = "launch " + function.name();
        function.allowShared(extents[6]);
        // First the addresses, then what lies there: the driver reads as many bytes as each parameter has.
        int count = arguments.length;
        MemorySegment table = Arena.ofAuto().allocate(Long.BYTES * Math.max(2L * count, 1), Long.BYTES);
        for (int i = 0; i < count; i++) {
            long at = (long) (count + i) * Long.BYTES;
            table.setAtIndex(ValueLayout.JAVA_LONG, i, table.address() + at);
            table.set(ValueLayout.JAVA_LONG, at, arguments[i]);
        }
        this.parameters = Pointer.to(table.asByteBuffer());
    }

    public String name() {
        return function.name();
    }

    /// Queues the kernel.
    public void enqueue(Stream stream) {
        Status.check(
                JCudaDriver.cuLaunchKernel(
                        function.handle(),
                        extents[0],
                        extents[1],
                        extents[2],
                        extents[3],
                        extents[4],
                        extents[5],
                        extents[6],
                        stream.handle(),
                        parameters,
                        null),
                doing);
    }
}
