package dagrad.cpu;

import dagrad.plan.Launch;
import dagrad.plan.Operand;
import dagrad.tensor.DType;
import java.lang.foreign.MemorySegment;

/// Matrix products of bf16 factors: widened to f32, which is exact, multiplied by the BLAS, and rounded if the result is
/// bf16 too. One product is one piece of work; this is for having bf16 on a CPU at all, not for speed.
final class NarrowGemm {
    private final int m;
    private final int n;
    private final int k;
    private final Matrix a;
    private final Matrix b;
    private final Matrix c;
    private final Blas blas;
    private final float[][] left;
    private final float[][] right;
    private final float[][] product;
    private final MemorySegment[] segments;

    /// Where an operand's matrices lie.
    private record Matrix(Elements elements, int[] starts, int down, int across) {
        static Matrix of(Operand operand, Memory memory) {
            return new Matrix(
                    Elements.of(operand, memory),
                    GemmStep.starts(operand, 0).toArray(),
                    GemmStep.down(operand),
                    GemmStep.across(operand));
        }

        /// Copies a matrix of bf16 to rows side by side.
        void widen(int batch, float[] to, int rows, int columns) {
            short[] from = (short[]) elements.array();
            for (int i = 0; i < rows; i++) {
                int at = elements.start() + starts[batch] + i * down;
                for (int j = 0; j < columns; j++) {
                    to[i * columns + j] = DType.bf16ToFloat(from[at + j * across]);
                }
            }
        }
    }

    private NarrowGemm(Launch.Gemm launch, Memory memory, Blas blas, Scratch scratch) {
        this.m = launch.m();
        this.n = launch.n();
        this.k = launch.k();
        this.a = Matrix.of(launch.a(), memory);
        this.b = Matrix.of(launch.b(), memory);
        this.c = Matrix.of(launch.out(), memory);
        this.blas = blas;
        int used = Math.min(scratch.workers(), c.starts.length);
        this.left = scratch.floats(used, m * k);
        this.right = scratch.floats(used, k * n);
        this.product = scratch.floats(used, m * n);
        this.segments = new MemorySegment[3 * used];
        for (int worker = 0; worker < used; worker++) {
            segments[3 * worker] = MemorySegment.ofArray(left[worker]);
            segments[3 * worker + 1] = MemorySegment.ofArray(right[worker]);
            segments[3 * worker + 2] = MemorySegment.ofArray(product[worker]);
        }
    }

    static Step of(Launch.Gemm launch, Memory memory, Blas blas, Scratch scratch) {
        NarrowGemm gemm = new NarrowGemm(launch, memory, blas, scratch);
        int batches = gemm.c.starts.length;
        int each = Math.ceilDiv(batches, Math.max(1, gemm.left.length));
        Workers.Chunk chunk = (part, _) -> {
            for (int batch = part * each; batch < Math.min(batches, (part + 1) * each); batch++) {
                gemm.multiply(batch, part);
            }
        };
        int parts = Math.ceilDiv(batches, Math.max(1, each));
        return pool -> pool.run(parts, chunk);
    }

    /// @param part whose scratch memory to use
    private void multiply(int batch, int part) {
        a.widen(batch, left[part], m, k);
        b.widen(batch, right[part], k, n);
        MemorySegment x = segments[3 * part];
        MemorySegment y = segments[3 * part + 1];
        blas.sgemm(false, false, m, n, k, 1, x, k, y, n, 0, segments[3 * part + 2], n);
        float[] from = product[part];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                c.elements.set(c.starts[batch] + i * c.down + j * c.across, (double) from[i * n + j]);
            }
        }
    }
}
