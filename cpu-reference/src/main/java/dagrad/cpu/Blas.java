package dagrad.cpu;

import java.lang.foreign.MemorySegment;

/// Single-precision matrix products on one thread; dividing the work is the caller's business. Matrices are row-major
/// float arrays as heap segments, prepared when a plan is loaded so that a call allocates nothing.
interface Blas {
    /// `c = alpha op(a) op(b) + beta c`, where op(a) is [m, k], op(b) [k, n] and c [m, n].
    ///
    /// @param lda elements from one row of `a` as it is stored to the next
    void sgemm(
            boolean transA,
            boolean transB,
            int m,
            int n,
            int k,
            float alpha,
            MemorySegment a,
            int lda,
            MemorySegment b,
            int ldb,
            float beta,
            MemorySegment c,
            int ldc);

    /// The library and the processor it chose its code for.
    String name();
}
