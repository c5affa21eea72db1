package dagrad.cuda.code;

import dagrad.graph.Value;
import dagrad.plan.Card;
import dagrad.plan.Launch;
import dagrad.plan.Layout;
import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Elementwise code followed by a reduction. If adjacent elements belong to one result, groups of threads go along rows
/// ([RowSums]); if they belong to different results, threads go down columns ([ColumnSums]). Where results are too few
/// to fill a card, each is cut into parts by its shape alone; the parts lie in the workspace, and a second kernel,
/// again a reduction, puts them together. All orders are fixed, so the bits are always the same.
final class ReduceCalls {
    private ReduceCalls() {}

    static Calls of(Launch.FusedReduce launch, Card card) {
        long results = launch.out().shape().size();
        if (results == 0) {
            return Calls.of();
        }
        if (launch.domain().size() == 0) {
            // The sum of nothing: zeros in every type.
            return Calls.of(new Call.Clear(
                    Argument.of(launch.out()), results * launch.out().dtype().bytes()));
        }
        Value reduced =
                launch.body().node(launch.body().output("out0")).inputs().getFirst();
        Port out = Port.of(launch.out(), launch.out().layout().broadcast(launch.domain()));
        Elementwise code =
                Elementwise.of(launch.domain(), launch.body(), Elementwise.ports(launch.reads()), List.of(out));
        return of(new Reduction(launch.reduce().kind(), ordered(code), reduced), card);
    }

    /// The axes in the order of the operand that has most elements.
    private static Elementwise ordered(Elementwise code) {
        int largest = IntStream.range(0, code.reads().size())
                .boxed()
                .max(Comparator.comparingLong((Integer i) -> distinct(code, i)))
                .orElse(code.write(0));
        return code.over(code.space().inOrderOf(largest).merged());
    }

    private static long distinct(Elementwise code, int operand) {
        return code.space().where(axis -> axis.stride(operand) != 0).size();
    }

    static Calls of(Reduction reduction, Card card) {
        boolean rows =
                reduction.code().space().inner().map(reduction::isReduced).orElse(true);
        long parts = rows ? RowSums.parts(reduction) : ColumnSums.parts(reduction);
        if (parts == 1) {
            return Calls.of(rows ? RowSums.call(reduction, card) : ColumnSums.call(reduction, card));
        }
        DType type = reduction.accumulator();
        int results = Math.toIntExact(reduction.kept().size());
        // Rows' parts lie side by side, columns' below one another.
        Shape shape = rows ? Shape.of(results, (int) parts) : Shape.of((int) parts, results);
        Port to = new Port(type, Layout.dense(shape), new Argument.Workspace(0));
        Call first = rows ? RowSums.partial(reduction, parts, to) : ColumnSums.partial(reduction, parts, to, card);
        Reduction second = reduction.ofParts(to, rows);
        Call last = rows ? RowSums.call(second, card) : ColumnSums.call(second, card);
        return new Calls(List.of(first, last), shape.size() * type.bytes());
    }
}
