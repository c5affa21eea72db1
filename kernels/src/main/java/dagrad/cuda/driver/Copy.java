package dagrad.cuda.driver;

import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.JCudaDriver;

/// A copy whose ends are fixed, so that queueing it makes no garbage. The memory at both ends must stay open as long as
/// it is used.
public final class Copy {
    private enum Direction {
        TO_DEVICE,
        TO_HOST,
        ON_DEVICE
    }

    private final Direction direction;
    private final Pointer from;
    private final Pointer to;
    private final long bytes;

    private Copy(Direction direction, Pointer from, Pointer to, long bytes) {
        this.direction = direction;
        this.from = from;
        this.to = to;
        this.bytes = bytes;
    }

    public static Copy toDevice(PinnedMemory from, long fromOffset, DeviceMemory to, long toOffset, long bytes) {
        return new Copy(Direction.TO_DEVICE, from.pointer(fromOffset), to.pointer(toOffset), bytes);
    }

    public static Copy toHost(DeviceMemory from, long fromOffset, PinnedMemory to, long toOffset, long bytes) {
        return new Copy(Direction.TO_HOST, from.pointer(fromOffset), to.pointer(toOffset), bytes);
    }

    public static Copy onDevice(DeviceMemory from, long fromOffset, DeviceMemory to, long toOffset, long bytes) {
        return new Copy(Direction.ON_DEVICE, from.pointer(fromOffset), to.pointer(toOffset), bytes);
    }

    /// Queues the copy.
    public void enqueue(Stream stream) {
        if (bytes == 0) {
            return;
        }
        switch (direction) {
            case TO_DEVICE ->
                Status.check(
                        JCudaDriver.cuMemcpyHtoDAsync((CUdeviceptr) to, from, bytes, stream.handle()),
                        "copy from the host to the GPU");
            case TO_HOST ->
                Status.check(
                        JCudaDriver.cuMemcpyDtoHAsync(to, (CUdeviceptr) from, bytes, stream.handle()),
                        "copy from the GPU to the host");
            case ON_DEVICE ->
                Status.check(
                        JCudaDriver.cuMemcpyDtoDAsync((CUdeviceptr) to, (CUdeviceptr) from, bytes, stream.handle()),
                        "copy on the GPU");
        }
    }
}
