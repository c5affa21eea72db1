package dagrad.cuda.driver;

import dagrad.backend.DeviceException;
import java.util.Locale;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/// A stretch of the GPU's memory.
public final class DeviceMemory implements Resource {
    /// JCuda hides the number.
    private static final class Base extends CUdeviceptr {
        long address() {
            return getNativePointer();
        }
    }

    private final Base base = new Base();
    private final long bytes;
    private boolean closed;

    private DeviceMemory(long bytes) {
        this.bytes = bytes;
    }

    /// Uninitialised memory, aligned to 256 bytes at least.
    ///
    /// @param bytes 0 is allocated as a few
    /// @param purpose for the message: `the arena`
    /// @throws DeviceException if there is not so much left; it says how much is needed and how much is free
    public static DeviceMemory allocate(Context context, long bytes, String purpose) {
        DeviceMemory result = new DeviceMemory(bytes);
        int status = JCudaDriver.cuMemAlloc(result.base, Math.max(bytes, 1));
        if (status == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
            Context.Memory memory = context.memory();
            throw new DeviceException(String.format(
                    Locale.ROOT,
                    "not enough memory on the GPU (%s): %s needs %s, and %s of %s are free; take a smaller batch or"
                            + " model, or end other programs on the GPU (nvidia-smi shows them)",
                    CUresult.stringFor(status),
                    purpose,
                    megabytes(bytes),
                    megabytes(memory.free()),
                    megabytes(memory.total())));
        }
        Status.check(status, "allocate " + megabytes(bytes) + " on the GPU for " + purpose);
        return result;
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
    }

    public long bytes() {
        return bytes;
    }

    /// The address of the first byte, as kernels get it.
    public long address() {
        return base.address();
    }

    CUdeviceptr pointer(long offset) {
        return base.withByteOffset(offset);
    }

    /// Queues zeroing.
    public void clear(long offset, long count, Stream stream) {
        if (count > 0) {
            Status.check(
                    JCudaDriver.cuMemsetD8Async(pointer(offset), (byte) 0, count, stream.handle()),
                    "zero memory of the GPU");
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            JCudaDriver.cuMemFree(base);
        }
    }
}
