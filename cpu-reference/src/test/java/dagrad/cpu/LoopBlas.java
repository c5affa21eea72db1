package dagrad.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Matrix products by the definition, summed in double: what kernels are tested with.
final class LoopBlas implements Blas {
    @Override
    public void sgemm(
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
            int ldc) {
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int p = 0; p < k; p++) {
                    double left = get(a, transA ? p * lda + i : i * lda + p);
                    double right = get(b, transB ? j * ldb + p : p * ldb + j);
                    sum += left * right;
                }
                float before = beta == 0 ? 0 : beta * get(c, i * ldc + j);
                c.setAtIndex(ValueLayout.JAVA_FLOAT, i * ldc + j, (float) (alpha * sum + before));
            }
        }
    }

    private static float get(MemorySegment x, int i) {
        return x.getAtIndex(ValueLayout.JAVA_FLOAT, i);
    }

    @Override
    public String name() {
        return "loops";
    }
}
