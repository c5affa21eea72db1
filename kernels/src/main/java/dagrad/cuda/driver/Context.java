package dagrad.cuda.driver;

import jcuda.driver.CUcontext;
import jcuda.driver.JCudaDriver;

/// A GPU's primary context, which all libraries of the process share; retained until closed.
public final class Context implements Resource {
    /// Bytes of the GPU's memory.
    public record Memory(long free, long total) {}

    private final Device device;
    private final CUcontext handle = new CUcontext();
    private boolean closed;

    /// Retains the context and makes it current.
    public Context(Device device) {
        this.device = device;
        Status.check(
                JCudaDriver.cuDevicePrimaryCtxRetain(handle, device.handle()),
                "open GPU " + device.ordinal() + " (" + device.name() + ")");
        try {
            makeCurrent();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    public Device device() {
        return device;
    }

    /// Has all that this thread does from now on go to this GPU.
    public void makeCurrent() {
        Status.check(JCudaDriver.cuCtxSetCurrent(handle), "use the GPU in this thread");
    }

    public Memory memory() {
        long[] free = new long[1];
        long[] total = new long[1];
        Status.check(JCudaDriver.cuMemGetInfo(free, total), "ask for the GPU's free memory");
        return new Memory(free[0], total[0]);
    }

    /// Releases the context. What is still allocated in it is freed with the last one who retained it.
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            JCudaDriver.cuDevicePrimaryCtxRelease(device.handle());
        }
    }
}
