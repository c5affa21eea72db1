package dagrad.cuda.code;

import dagrad.tensor.DType;
import java.util.List;

/// One thing a GPU is told to do. A launch of the plan is one call or a few.
public sealed interface Call {
    /// A kernel.
    ///
    /// @param function the name of an `extern "C"` function of the source
    /// @param arguments in the order of the function's parameters
    record Kernel(Source source, String function, Grid grid, List<Argument> arguments) implements Call {
        public Kernel {
            arguments = List.copyOf(arguments);
        }
    }

    /// Row-major C = alpha A B + beta C for each of `batch` matrices, by cuBLAS. A is [m, k], B [k, n], C [m, n] of one
    /// element type, accumulated in f32 (f64 for f64).
    ///
    /// @param cType may be f32 where A and B are bf16
    record Gemm(
            DType type,
            DType cType,
            int m,
            int n,
            int k,
            Matrix a,
            Matrix b,
            Matrix c,
            float alpha,
            float beta,
            int batch)
            implements Call {
        /// A matrix in memory.
        ///
        /// @param transposed whether its columns are the runs of adjacent elements
        /// @param leading elements from one run to the next
        /// @param stride elements from one matrix of the batch to the next, 0 to use one for all
        public record Matrix(Argument address, boolean transposed, long leading, long stride) {}
    }

    /// Zero bytes.
    record Clear(Argument address, long bytes) implements Call {}
}
