package dagrad.cuda.driver;

import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;

/// Work that was captured once and is queued as one.
public final class CudaGraph implements Resource {
    private final CUgraphExec handle = new CUgraphExec();
    private boolean closed;

    private CudaGraph(CUgraph graph) {
        Status.check(JCudaDriver.cuGraphInstantiate(handle, graph, 0), "make a captured graph ready");
    }

    /// Captures what the work queues in the stream; none of it is done.
    public static CudaGraph capture(Stream stream, Runnable work) {
        Status.check(
                JCudaDriver.cuStreamBeginCapture(
                        stream.handle(), CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL),
                "begin to capture a graph");
        CUgraph graph = new CUgraph();
        try {
            work.run();
        } catch (RuntimeException e) {
            if (JCudaDriver.cuStreamEndCapture(stream.handle(), graph) == 0) {
                JCudaDriver.cuGraphDestroy(graph);
            }
            throw e;
        }
        Status.check(JCudaDriver.cuStreamEndCapture(stream.handle(), graph), "capture a graph");
        try {
            return new CudaGraph(graph);
        } finally {
            JCudaDriver.cuGraphDestroy(graph);
        }
    }

    /// Queues it all.
    public void enqueue(Stream stream) {
        Status.check(JCudaDriver.cuGraphLaunch(handle, stream.handle()), "start the step's CUDA graph");
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            JCudaDriver.cuGraphExecDestroy(handle);
        }
    }
}
