package dagrad.cpu;

import java.lang.foreign.MemorySegment;

/// Products of dense matrices, added to a third. For a product alone fill with zeros first: that takes 0.03 ns an
/// element, where OpenBLAS takes 0.3 to set zeros itself (Zen 3), as long as for the product of two thin matrices.
record Products(Blas blas) {
    /// c[m, n] += alpha a[m, k] b[k, n].
    void plain(int m, int n, int k, float alpha, MemorySegment a, MemorySegment b, MemorySegment c) {
        blas.sgemm(false, false, m, n, k, alpha, a, k, b, n, 1, c, n);
    }

    /// c[m, n] += alpha a[m, k] b[n, k]ᵀ.
    void rightTransposed(int m, int n, int k, float alpha, MemorySegment a, MemorySegment b, MemorySegment c) {
        blas.sgemm(false, true, m, n, k, alpha, a, k, b, k, 1, c, n);
    }

    /// c[m, n] += alpha a[k, m]ᵀ b[k, n].
    void leftTransposed(int m, int n, int k, float alpha, MemorySegment a, MemorySegment b, MemorySegment c) {
        blas.sgemm(true, false, m, n, k, alpha, a, m, b, n, 1, c, n);
    }
}
