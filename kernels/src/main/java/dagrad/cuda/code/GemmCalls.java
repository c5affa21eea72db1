package dagrad.cuda.code;

import dagrad.plan.Launch;
import dagrad.plan.Operand;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Products by cuBLAS. The leading axes become one batch where each operand steps through them evenly; where the right
/// matrix is the same for all and the left ones lie one below the other, they are one tall product. Else there are
/// several calls.
final class GemmCalls {
    /// A leading axis, or some that are stepped through as one.
    ///
    /// @param a elements from one matrix to the next, and so on
    private record Axis(int extent, long a, long b, long c) {
        /// Whether going through `inner` once is one step of this.
        boolean holds(Axis inner) {
            return a == inner.a * inner.extent && b == inner.b * inner.extent && c == inner.c * inner.extent;
        }
    }

    private GemmCalls() {}

    static Calls of(Launch.Gemm launch) {
        if (launch.out().shape().size() == 0) {
            return Calls.of();
        }
        List<Axis> axes = axes(launch);
        if (launch.k() == 0) {
            return new Calls(zeros(launch, axes), 0);
        }
        int m = launch.m();
        if (!axes.isEmpty() && isTall(launch, axes.getLast())) {
            m *= axes.removeLast().extent();
        }
        Axis batch = axes.stream().max(Comparator.comparingInt(Axis::extent)).orElse(new Axis(1, 0, 0, 0));
        axes.remove(batch);
        List<Call> calls = new ArrayList<>();
        for (Axis start : starts(axes)) {
            calls.add(call(launch, m, batch, start));
        }
        return new Calls(calls, 0);
    }

    /// The leading axes with more than one matrix, neighbours joined where they can be.
    private static List<Axis> axes(Launch.Gemm launch) {
        List<Axis> axes = new ArrayList<>();
        for (int i = 0; i < launch.out().shape().rank() - 2; i++) {
            Axis axis = new Axis(
                    launch.out().shape().dim(i),
                    launch.a().layout().stride(i),
                    launch.b().layout().stride(i),
                    launch.out().layout().stride(i));
            if (axis.extent > 1 && !axes.isEmpty() && axes.getLast().holds(axis)) {
                int extent = axes.removeLast().extent * axis.extent;
                axes.add(new Axis(extent, axis.a, axis.b, axis.c));
            } else if (axis.extent > 1) {
                axes.add(axis);
            }
        }
        return axes;
    }

    private static boolean isTall(Launch.Gemm launch, Axis axis) {
        Launch.Gemm.Matrix a = matrix(launch.a());
        Launch.Gemm.Matrix c = matrix(launch.out());
        return axis.b == 0
                && !a.transposed()
                && !c.transposed()
                && axis.a == launch.m() * a.leading()
                && axis.c == launch.m() * c.leading();
    }

    /// All combinations of indices of the axes: extents of 1, and how far each operand is from its first matrix.
    private static List<Axis> starts(List<Axis> axes) {
        List<Axis> starts = List.of(new Axis(1, 0, 0, 0));
        for (Axis axis : axes) {
            List<Axis> further = new ArrayList<>();
            for (Axis start : starts) {
                for (int i = 0; i < axis.extent; i++) {
                    further.add(new Axis(1, start.a + i * axis.a, start.b + i * axis.b, start.c + i * axis.c));
                }
            }
            starts = further;
        }
        return starts;
    }

    private static Call call(Launch.Gemm launch, int m, Axis batch, Axis start) {
        return new Call.Gemm(
                launch.a().dtype(),
                launch.out().dtype(),
                m,
                launch.n(),
                launch.k(),
                matrix(launch.a(), start.a, batch.a),
                matrix(launch.b(), start.b, batch.b),
                matrix(launch.out(), start.c, batch.c),
                1,
                0,
                batch.extent);
    }

    private static Launch.Gemm.Matrix matrix(Operand operand) {
        return Launch.Gemm.Matrix.of(operand.layout()).orElseThrow();
    }

    private static Call.Gemm.Matrix matrix(Operand operand, long start, long stride) {
        Launch.Gemm.Matrix matrix = matrix(operand);
        return new Call.Gemm.Matrix(
                address(operand, start), matrix.transposed(), Math.max(1, matrix.leading()), stride);
    }

    private static Argument address(Operand operand, long element) {
        return new Argument.Arena(operand.slot().offset()
                + (operand.layout().offset() + element) * operand.dtype().bytes());
    }

    /// The sums of nothing, row by row.
    private static List<Call> zeros(Launch.Gemm launch, List<Axis> axes) {
        Operand out = launch.out();
        if (out.layout().isDense()) {
            return List.of(new Call.Clear(address(out, 0), out.bytes()));
        }
        List<Call> calls = new ArrayList<>();
        for (Axis start : starts(axes)) {
            for (int row = 0; row < launch.m(); row++) {
                long element = start.c + row * out.layout().stride(-2);
                calls.add(new Call.Clear(
                        address(out, element), (long) launch.n() * out.dtype().bytes()));
            }
        }
        return calls;
    }
}
