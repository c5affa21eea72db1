package dagrad.cpu;

import dagrad.plan.Launch;
import dagrad.plan.Operand;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Matrix products. Large ones are cut into pieces, many small ones are gathered into chunks; both by their shapes
/// alone, so that the result does not depend on the number of threads.
final class GemmStep {
    /// Pieces are as many columns or rows as a multiple of these: what OpenBLAS's inner kernels take at once, so
    /// that a piece has no ragged edge of its own (24 rows serve kernels of 4, 6, 8 and 12).
    private static final int COLUMNS = 16;
    private static final int ROWS = 24;
    /// Operations worth another thread: 4 MFLOP take about 50 µs, and a worker that spins answers in less than one.
    private static final double PIECE = 4e6;
    /// Each piece copies one operand anew: four pieces of a 512³ product cost 4 % (Zen 3), of larger ones less.
    private static final int PIECES = 4;
    /// From here on there are twice as many pieces, for machines with more cores.
    private static final double LARGE = 4e9;

    /// One call: its matrices from their first elements on, and its part of the result's extents.
    private record Call(MemorySegment a, MemorySegment b, MemorySegment c, int m, int n) {}

    private GemmStep() {}

    static Step of(Launch.Gemm launch, Memory memory, Blas blas, Scratch scratch) {
        if (launch.k() == 0 || launch.out().shape().size() == 0) {
            return zeros(launch, memory);
        }
        return switch (launch.a().dtype()) {
            case F32 -> single(launch, memory, blas);
            case BF16 -> NarrowGemm.of(launch, memory, blas, scratch);
            case F64, I64, I32 -> plain(launch, memory);
        };
    }

    private static Step single(Launch.Gemm launch, Memory memory, Blas blas) {
        Launch.Gemm.Matrix a = matrix(launch.a());
        Launch.Gemm.Matrix b = matrix(launch.b());
        Launch.Gemm.Matrix c = matrix(launch.out());
        Call[] calls = calls(launch, memory).toArray(Call[]::new);
        int k = launch.k();
        int lda = leading(a);
        int ldb = leading(b);
        int ldc = leading(c);
        double flops = 2.0 * launch.m() * launch.n() * k * launch.batch();
        int each = (int) Math.clamp(PIECE / (flops / calls.length), 1, calls.length);
        Workers.Chunk chunk = (number, _) -> {
            for (int i = number * each; i < Math.min(calls.length, (number + 1) * each); i++) {
                Call x = calls[i];
                blas.sgemm(a.transposed(), b.transposed(), x.m, x.n, k, 1, x.a, lda, x.b, ldb, 0, x.c, ldc);
            }
        };
        int chunks = Math.ceilDiv(calls.length, each);
        return workers -> workers.run(chunks, chunk);
    }

    private static Launch.Gemm.Matrix matrix(Operand operand) {
        return Launch.Gemm.Matrix.of(operand.layout()).orElseThrow();
    }

    private static int leading(Launch.Gemm.Matrix matrix) {
        return Math.toIntExact(Math.max(1, matrix.leading()));
    }

    private static List<Call> calls(Launch.Gemm launch, Memory memory) {
        int m = launch.m();
        int n = launch.n();
        int[] as = starts(launch.a(), memory.start(launch.a())).toArray();
        int[] bs = starts(launch.b(), memory.start(launch.b())).toArray();
        int[] cs = starts(launch.out(), memory.start(launch.out())).toArray();
        if (isOneProduct(launch, as, bs, cs)) {
            m *= as.length;
            cs = new int[] {cs[0]};
        }
        double flops = 2.0 * m * n * launch.k();
        int pieces = (int) Math.clamp(flops / PIECE, 1, flops < LARGE ? PIECES : 2 * PIECES);
        boolean byRows = m >= 2 * n;
        int rows = byRows ? Math.ceilDiv(Math.ceilDiv(m, pieces), ROWS) * ROWS : m;
        int columns = byRows ? n : Math.ceilDiv(Math.ceilDiv(n, pieces), COLUMNS) * COLUMNS;
        List<Call> calls = new ArrayList<>();
        for (int batch = 0; batch < cs.length; batch++) {
            for (int i = 0; i < m; i += rows) {
                for (int j = 0; j < n; j += columns) {
                    calls.add(new Call(
                            segment(launch.a(), as[batch], i, 0, memory),
                            segment(launch.b(), bs[batch], 0, j, memory),
                            segment(launch.out(), cs[batch], i, j, memory),
                            Math.min(rows, m - i),
                            Math.min(columns, n - j)));
                }
            }
        }
        return calls;
    }

    /// Whether a batch with one right matrix is a single product, as its left matrices lie one below the other.
    private static boolean isOneProduct(Launch.Gemm launch, int[] as, int[] bs, int[] cs) {
        return as.length > 1
                && !matrix(launch.a()).transposed()
                && !matrix(launch.out()).transposed()
                && IntStream.of(bs).allMatch(start -> start == bs[0])
                && areBelow(as, launch.m() * matrix(launch.a()).leading())
                && areBelow(cs, launch.m() * matrix(launch.out()).leading());
    }

    private static boolean areBelow(int[] starts, long apart) {
        return IntStream.range(1, starts.length).allMatch(i -> starts[i] - starts[i - 1] == apart);
    }

    /// From row i, column j of a matrix to the end of its array.
    private static MemorySegment segment(Operand operand, int start, int i, int j, Memory memory) {
        long element =
                start + i * operand.layout().stride(-2) + j * operand.layout().stride(-1);
        return MemorySegment.ofArray(memory.floats(operand)).asSlice(element * Float.BYTES);
    }

    /// Where each matrix of a batch begins, the first at `origin`.
    static IntStream starts(Operand operand, int origin) {
        IntStream starts = IntStream.of(origin);
        for (int axis = 0; axis < operand.shape().rank() - 2; axis++) {
            int extent = operand.shape().dim(axis);
            long stride = operand.layout().stride(axis);
            starts = starts.flatMap(start -> IntStream.range(0, extent).map(i -> Math.toIntExact(start + i * stride)));
        }
        return starts;
    }

    /// The sums of nothing.
    private static Step zeros(Launch.Gemm launch, Memory memory) {
        OperandWalk out = new OperandWalk(launch.out(), memory);
        long size = launch.out().shape().size();
        return _ -> {
            out.rewind();
            for (long i = 0; i < size; i++) {
                out.put(0.0);
                out.advance();
            }
        };
    }

    /// Any type, by three loops; sums are kept in doubles and rounded once.
    private static Step plain(Launch.Gemm launch, Memory memory) {
        int[] as = starts(launch.a(), 0).toArray();
        int[] bs = starts(launch.b(), 0).toArray();
        int[] cs = starts(launch.out(), 0).toArray();
        Elements a = Elements.of(launch.a(), memory);
        Elements b = Elements.of(launch.b(), memory);
        Elements c = Elements.of(launch.out(), memory);
        int[] down = {down(launch.a()), down(launch.b()), down(launch.out())};
        int[] across = {across(launch.a()), across(launch.b()), across(launch.out())};
        Workers.Chunk product = (batch, _) -> {
            for (int i = 0; i < launch.m(); i++) {
                for (int j = 0; j < launch.n(); j++) {
                    double sum = 0;
                    for (int p = 0; p < launch.k(); p++) {
                        sum += a.real(as[batch] + i * down[0] + p * across[0])
                                * b.real(bs[batch] + p * down[1] + j * across[1]);
                    }
                    c.set(cs[batch] + i * down[2] + j * across[2], sum);
                }
            }
        };
        return workers -> workers.run(cs.length, product);
    }

    static int down(Operand operand) {
        return Math.toIntExact(operand.layout().stride(-2));
    }

    static int across(Operand operand) {
        return Math.toIntExact(operand.layout().stride(-1));
    }
}
