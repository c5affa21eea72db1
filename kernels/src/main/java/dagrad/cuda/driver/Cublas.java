package dagrad.cuda.driver;

import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasMath;
import jcuda.runtime.cudaStream_t;

/// A handle of cuBLAS, for one context and one thread at a time.
///
/// Scratch memory is given to it once, so that it allocates none while a graph is captured, and so that a product's
/// way, and with it its bits, do not depend on what else runs.
public final class Cublas implements Resource {
    /// What cuBLAS recommends on Hopper and newer, and elsewhere.
    private static final long WORKSPACE_HOPPER = 32L << 20;
    private static final long WORKSPACE = 4L << 20;

    private final cublasHandle handle = new cublasHandle();
    private boolean closed;

    /// For the current context.
    public Cublas() {
        Status.checkBlas(JCublas2.cublasCreate(handle), "start cuBLAS");
        try {
            // Sums of bf16 products in several parts are to be kept in f32 as well.
            Status.checkBlas(
                    JCublas2.cublasSetMathMode(
                            handle,
                            cublasMath.CUBLAS_DEFAULT_MATH
                                    | cublasMath.CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION),
                    "set the precision of cuBLAS");
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /// Bytes of scratch memory that it wants on such a card.
    public static long workspaceBytes(Device device) {
        return device.capability() >= 90 ? WORKSPACE_HOPPER : WORKSPACE;
    }

    /// `120600` for 12.6.
    public int version() {
        int[] version = new int[1];
        Status.checkBlas(JCublas2.cublasGetVersion(handle, version), "ask for cuBLAS's version");
        return version[0];
    }

    /// Has products be queued in the stream from now on, and use that scratch memory.
    public void use(Stream stream, DeviceMemory workspace) {
        // In this order: setting a stream takes the memory away.
        Status.checkBlas(JCublas2.cublasSetStream(handle, new cudaStream_t(stream.handle())), "give cuBLAS its stream");
        Status.checkBlas(
                JCublas2.cublasSetWorkspace(handle, workspace.pointer(0), workspace.bytes()), "give cuBLAS its memory");
    }

    cublasHandle handle() {
        return handle;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            JCublas2.cublasDestroy(handle);
        }
    }
}
