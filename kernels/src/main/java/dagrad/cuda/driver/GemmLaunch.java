package dagrad.cuda.driver;

import dagrad.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.cudaDataType;
import jcuda.driver.CUdeviceptr;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasOperation;

/// Products of matrices with all that cuBLAS is told of them, bound once. Matrices are row-major here and column-major
/// there, where C = A B is Cᵀ = Bᵀ Aᵀ: the operands change places, and no transposes are added.
public final class GemmLaunch {
    /// A matrix on the GPU, or the first of a batch.
    ///
    /// @param offset of its first element, in bytes
    /// @param transposed whether its columns are the runs of adjacent elements
    /// @param leading elements from one run to the next
    /// @param stride elements from one matrix of the batch to the next, 0 to use one for all
    public record Matrix(DeviceMemory memory, long offset, boolean transposed, int leading, long stride) {}

    private final Cublas cublas;
    private final int m;
    private final int n;
    private final int k;
    private final int batch;
    private final Matrix a;
    private final Matrix b;
    private final Matrix c;
    private final CUdeviceptr aAt;
    private final CUdeviceptr bAt;
    private final CUdeviceptr cAt;
    private final int type;
    private final int cType;
    private final int compute;
    private final Pointer alpha;
    private final Pointer beta;
    private final String doing;

    /// C = alpha A B + beta C for A [m, k], B [k, n], C [m, n], all at least 1.
    ///
    /// @param type of A and B: f32, bf16 or f64
    /// @param cType of C: the same, or f32 where A and B are bf16
    /// @param tf32 whether f32 may be rounded to 10 bits of mantissa before multiplying
    public GemmLaunch(
            Cublas cublas,
            DType type,
            DType cType,
            boolean tf32,
            int m,
            int n,
            int k,
            int batch,
            Matrix a,
            Matrix b,
            Matrix c,
            double alpha,
            double beta) {
        this.cublas = cublas;
        this.m = m;
        this.n = n;
        this.k = k;
        this.batch = batch;
        this.a = a;
        this.b = b;
        this.c = c;
        this.aAt = a.memory().pointer(a.offset());
        this.bAt = b.memory().pointer(b.offset());
        this.cAt = c.memory().pointer(c.offset());
        this.type = dataType(type);
        this.cType = dataType(cType);
        this.compute = computeType(type, tf32);
        this.alpha = scalar(type, alpha);
        this.beta = scalar(type, beta);
        this.doing = "multiply " + (batch > 1 ? batch + " times " : "") + type.text() + "[" + m + "," + k + "] by [" + k
                + "," + n + "]";
    }

    private static int dataType(DType type) {
        return switch (type) {
            case F32 -> cudaDataType.CUDA_R_32F;
            case BF16 -> cudaDataType.CUDA_R_16BF;
            case F64 -> cudaDataType.CUDA_R_64F;
            case I32, I64 -> throw new IllegalArgumentException("cuBLAS multiplies no " + type.text());
        };
    }

    private static int computeType(DType type, boolean tf32) {
        return switch (type) {
            case F32 -> tf32 ? cublasComputeType.CUBLAS_COMPUTE_32F_FAST_TF32 : cublasComputeType.CUBLAS_COMPUTE_32F;
            case BF16 -> cublasComputeType.CUBLAS_COMPUTE_32F;
            case F64 -> cublasComputeType.CUBLAS_COMPUTE_64F;
            case I32, I64 -> throw new IllegalArgumentException("cuBLAS multiplies no " + type.text());
        };
    }

    /// In the type that sums are kept in.
    private static Pointer scalar(DType type, double value) {
        ByteBuffer memory = ByteBuffer.allocateDirect(Double.BYTES).order(ByteOrder.nativeOrder());
        if (type == DType.F64) {
            memory.putDouble(0, value);
        } else {
            memory.putFloat(0, (float) value);
        }
        return Pointer.to(memory);
    }

    private static int operation(Matrix matrix) {
        return matrix.transposed() ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
    }

    /// Queues the products in the stream that cuBLAS uses.
    public void enqueue() {
        // Not without `_new`: JCuda's older functions take another kind of compute type and fail without a word.
        int status = batch == 1
                ? JCublas2.cublasGemmEx_new(
                        cublas.handle(),
                        operation(b),
                        operation(a),
                        n,
                        m,
                        k,
                        alpha,
                        bAt,
                        type,
                        b.leading(),
                        aAt,
                        type,
                        a.leading(),
                        beta,
                        cAt,
                        cType,
                        c.leading(),
                        compute,
                        cublasGemmAlgo.CUBLAS_GEMM_DEFAULT)
                : JCublas2.cublasGemmStridedBatchedEx_new(
                        cublas.handle(),
                        operation(b),
                        operation(a),
                        n,
                        m,
                        k,
                        alpha,
                        bAt,
                        type,
                        b.leading(),
                        b.stride(),
                        aAt,
                        type,
                        a.leading(),
                        a.stride(),
                        beta,
                        cAt,
                        cType,
                        c.leading(),
                        c.stride(),
                        batch,
                        compute,
                        cublasGemmAlgo.CUBLAS_GEMM_DEFAULT);
        Status.checkBlas(status, doing);
    }
}
