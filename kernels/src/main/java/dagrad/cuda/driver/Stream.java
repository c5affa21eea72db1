package dagrad.cuda.driver;

import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/// A queue of work on the GPU, done in order.
public final class Stream implements Resource {
    private final CUstream handle = new CUstream();
    private boolean closed;

    public Stream() {
        Status.check(JCudaDriver.cuStreamCreate(handle, CUstream_flags.CU_STREAM_NON_BLOCKING), "make a stream");
    }

    CUstream handle() {
        return handle;
    }

    /// Waits until all that was queued is done.
    ///
    /// @throws dagrad.backend.DeviceException if some of it failed
    public void synchronize() {
        Status.check(JCudaDriver.cuStreamSynchronize(handle), "finish the work on the GPU");
    }

    /// Has what is queued from now on wait for the event's last recording.
    public void await(Event event) {
        Status.check(JCudaDriver.cuStreamWaitEvent(handle, event.handle(), 0), "order two streams");
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            JCudaDriver.cuStreamDestroy(handle);
        }
    }
}
