package dagrad.cpu;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Matrix products in plain Java, for platforms without a native BLAS.
///
/// A block of B is copied so that each of its rows is an array of its own; then the inner loop adds four rows of B to
/// two rows of C, all at the same index, which the JVM's compiler turns into vector code. Block sizes: four rows of B
/// and two of C stay in the first cache (12 KiB), the block in the second (256 KiB).
final class JavaGemm implements Blas {

    private static final int COLUMNS = 512;
    private static final int DEPTH = 128;

    /// The copied block of B, two rows of C, and the eight factors of A.
    private static final class Scratch {
        private final float[][] b = new float[DEPTH][COLUMNS];
        private final float[] c0 = new float[COLUMNS];
        private final float[] c1 = new float[COLUMNS];
        private final float[] none = new float[COLUMNS];
    }

    /// A matrix in an array: row i, column j at `start + i down + j across`.
    private record Matrix(float[] data, int start, int down, int across) {
        static Matrix of(MemorySegment segment, boolean transposed, int leading) {
            float[] data = (float[]) segment.heapBase().orElseThrow();
            int start = (int) (segment.address() / Float.BYTES);
            return transposed ? new Matrix(data, start, 1, leading) : new Matrix(data, start, leading, 1);
        }

        int place(int i, int j) {
            return start + i * down + j * across;
        }
    }

    private final ThreadLocal<Scratch> scratch = ThreadLocal.withInitial(Scratch::new);

    private final String name;

    /// @param name for people: what it is, and why it is used
    JavaGemm(String name) {
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

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
        Matrix left = Matrix.of(a, transA, lda);
        Matrix right = Matrix.of(b, transB, ldb);
        Matrix out = Matrix.of(c, false, ldc);
        scale(out, m, n, beta);
        Scratch s = scratch.get();
        for (int j = 0; j < n; j += COLUMNS) {
            int columns = Math.min(COLUMNS, n - j);
            for (int p = 0; p < k; p += DEPTH) {
                int depth = Math.min(DEPTH, k - p);
                copyBlock(right, p, depth, j, columns, s);
                for (int i = 0; i < m; i += 2) {
                    twoRows(left, i, Math.min(2, m - i), p, depth, alpha, out, j, columns, s);
                }
            }
        }
    }

    private static void scale(Matrix c, int m, int n, float beta) {
        for (int i = 0; i < m; i++) {
            int from = c.place(i, 0);
            if (beta == 0) {
                Arrays.fill(c.data, from, from + n, 0);
            } else if (beta != 1) {
                for (int j = from; j < from + n; j++) {
                    c.data[j] *= beta;
                }
            }
        }
    }

    private static void copyBlock(Matrix b, int from, int depth, int column, int columns, Scratch s) {
        for (int p = 0; p < depth; p++) {
            int place = b.place(from + p, column);
            if (b.across == 1) {
                System.arraycopy(b.data, place, s.b[p], 0, columns);
            } else {
                for (int j = 0; j < columns; j++) {
                    s.b[p][j] = b.data[place + j * b.across];
                }
            }
        }
    }

    /// Adds the product of two rows of A (or one) and the block to as many rows of C.
    private static void twoRows(
            Matrix a,
            int row,
            int rows,
            int from,
            int depth,
            float alpha,
            Matrix c,
            int column,
            int columns,
            Scratch s) {
        int place0 = c.place(row, column);
        int place1 = c.place(row + rows - 1, column);
        System.arraycopy(c.data, place0, s.c0, 0, columns);
        System.arraycopy(c.data, place1, s.c1, 0, columns);
        float[] x = a.data;
        int a0 = a.place(row, from);
        int a1 = a.place(row + rows - 1, from);
        int step = a.across;
        int p = 0;
        for (; p + 4 <= depth; p += 4) {
            int u = a0 + p * step;
            int v = a1 + p * step;
            add(
                    s.c0,
                    s.c1,
                    s.b[p],
                    s.b[p + 1],
                    s.b[p + 2],
                    s.b[p + 3],
                    columns,
                    alpha * x[u],
                    alpha * x[u + step],
                    alpha * x[u + 2 * step],
                    alpha * x[u + 3 * step],
                    alpha * x[v],
                    alpha * x[v + step],
                    alpha * x[v + 2 * step],
                    alpha * x[v + 3 * step]);
        }
        for (; p < depth; p++) {
            add(
                    s.c0,
                    s.c1,
                    s.b[p],
                    s.none,
                    s.none,
                    s.none,
                    columns,
                    alpha * x[a0 + p * step],
                    0,
                    0,
                    0,
                    alpha * x[a1 + p * step],
                    0,
                    0,
                    0);
        }
        System.arraycopy(s.c1, 0, c.data, place1, columns);
        System.arraycopy(s.c0, 0, c.data, place0, columns);
    }

    private static void add(
            float[] c0,
            float[] c1,
            float[] b0,
            float[] b1,
            float[] b2,
            float[] b3,
            int n,
            float p0,
            float p1,
            float p2,
            float p3,
            float q0,
            float q1,
            float q2,
            float q3) {
        for (int j = 0; j < n; j++) {
            float x = b0[j];
            float y = b1[j];
            float z = b2[j];
            float w = b3[j];
            c0[j] = Math.fma(p3, w, Math.fma(p2, z, Math.fma(p1, y, Math.fma(p0, x, c0[j]))));
            c1[j] = Math.fma(q3, w, Math.fma(q2, z, Math.fma(q1, y, Math.fma(q0, x, c1[j]))));
        }
    }
}
