package dagrad.cuda.driver;

import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/// A mark in a stream. One that was never recorded counts as passed.
public final class Event implements Resource {
    private final CUevent handle = new CUevent();
    private boolean closed;

    public Event() {
        Status.check(JCudaDriver.cuEventCreate(handle, CUevent_flags.CU_EVENT_DISABLE_TIMING), "make an event");
    }

    CUevent handle() {
        return handle;
    }

    /// Marks what is queued so far.
    public void record(Stream stream) {
        Status.check(JCudaDriver.cuEventRecord(handle, stream.handle()), "mark a place in a stream");
    }

    /// Waits until what the last recording marked is done.
    ///
    /// @throws dagrad.backend.DeviceException if some of it failed
    public void synchronize() {
        Status.check(JCudaDriver.cuEventSynchronize(handle), "finish the work on the GPU");
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            JCudaDriver.cuEventDestroy(handle);
        }
    }
}
