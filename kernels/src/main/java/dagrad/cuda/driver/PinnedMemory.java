package dagrad.cuda.driver;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import jcuda.Pointer;
import jcuda.driver.JCudaDriver;

/// Host memory that the GPU copies from and to by itself, while the host goes on. At most 2 GiB.
public final class PinnedMemory implements Resource {
    private final Pointer pointer = new Pointer();
    private final MemorySegment segment;
    private boolean closed;

    /// Of so many bytes, uninitialised; 0 is allocated as one.
    public PinnedMemory(long bytes) {
        Status.check(
                JCudaDriver.cuMemHostAlloc(pointer, Math.max(bytes, 1), 0),
                "pin " + bytes + " bytes of host memory (the limit of locked memory may be low: ulimit -l)");
        ByteBuffer buffer = pointer.getByteBuffer(0, Math.max(bytes, 1));
        this.segment = MemorySegment.ofBuffer(buffer).asSlice(0, bytes);
    }

    /// The memory, as long as this is open.
    public MemorySegment segment() {
        return segment;
    }

    Pointer pointer(long offset) {
        return offset == 0 ? pointer : pointer.withByteOffset(offset);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            JCudaDriver.cuMemFreeHost(pointer);
        }
    }
}
