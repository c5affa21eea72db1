package dagrad.cpu;

import dagrad.plan.Launch;
import dagrad.plan.Operand;
import dagrad.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;

/// Matrix products.
final class GemmStep {
    private GemmStep() {}

    static Step of(Launch.Gemm launch, Memory memory, Blas blas) {
        return launch.out().dtype() == DType.F32 ? single(launch, memory, blas) : plain(launch, memory);
    }

    private static Step single(Launch.Gemm launch, Memory memory, Blas blas) {
        Launch.Gemm.Matrix a = matrix(launch.a());
        Launch.Gemm.Matrix b = matrix(launch.b());
        Launch.Gemm.Matrix c = matrix(launch.out());
        MemorySegment[] as = segments(launch.a(), memory);
        MemorySegment[] bs = segments(launch.b(), memory);
        MemorySegment[] cs = segments(launch.out(), memory);
        int m = launch.m();
        int n = launch.n();
        int k = launch.k();
        int lda = Math.toIntExact(Math.max(1, a.leading()));
        int ldb = Math.toIntExact(Math.max(1, b.leading()));
        int ldc = Math.toIntExact(Math.max(1, c.leading()));
        return workers -> workers.run(
                cs.length,
                (i, _) ->
                        blas.sgemm(a.transposed(), b.transposed(), m, n, k, 1, as[i], lda, bs[i], ldb, 0, cs[i], ldc));
    }

    private static Launch.Gemm.Matrix matrix(Operand operand) {
        return Launch.Gemm.Matrix.of(operand.layout()).orElseThrow();
    }

    /// The matrices of a batch, each from its first element to the array's end.
    private static MemorySegment[] segments(Operand operand, Memory memory) {
        MemorySegment whole = MemorySegment.ofArray(memory.floats(operand));
        return starts(operand, memory.start(operand))
                .mapToObj(start -> whole.asSlice((long) start * Float.BYTES))
                .toArray(MemorySegment[]::new);
    }

    /// Where each matrix of a batch begins, the first at `origin`.
    private static IntStream starts(Operand operand, int origin) {
        IntStream starts = IntStream.of(origin);
        for (int axis = 0; axis < operand.shape().rank() - 2; axis++) {
            int extent = operand.shape().dim(axis);
            long stride = operand.layout().stride(axis);
            starts = starts.flatMap(start -> IntStream.range(0, extent).map(i -> Math.toIntExact(start + i * stride)));
        }
        return starts;
    }

    /// Any type, by three loops; sums are kept in doubles and rounded once.
    private static Step plain(Launch.Gemm launch, Memory memory) {
        int[] as = starts(launch.a(), 0).toArray();
        int[] bs = starts(launch.b(), 0).toArray();
        int[] cs = starts(launch.out(), 0).toArray();
        Elements a = Elements.of(launch.a(), memory);
        Elements b = Elements.of(launch.b(), memory);
        Elements c = Elements.of(launch.out(), memory);
        int[] strides = IntStream.of(-2, -1)
                .flatMap(axis -> IntStream.of(
                        (int) launch.a().layout().stride(axis),
                        (int) launch.b().layout().stride(axis),
                        (int) launch.out().layout().stride(axis)))
                .toArray();
        return workers -> workers.run(cs.length, (batch, _) -> {
            for (int i = 0; i < launch.m(); i++) {
                for (int j = 0; j < launch.n(); j++) {
                    double sum = 0;
                    for (int p = 0; p < launch.k(); p++) {
                        sum += a.real(as[batch] + i * strides[0] + p * strides[3])
                                * b.real(bs[batch] + p * strides[1] + j * strides[4]);
                    }
                    c.set(cs[batch] + i * strides[2] + j * strides[5], sum);
                }
            }
        });
    }
}
