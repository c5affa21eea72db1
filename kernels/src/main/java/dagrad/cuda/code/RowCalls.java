package dagrad.cuda.code;

import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.plan.Card;
import dagrad.plan.Launch;
import dagrad.plan.Layout;
import dagrad.plan.Operand;
import dagrad.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Launches over rows: one kernel each. Some threads share a row; they walk along it once for each set of sums that
/// what follows depends on, and once more for the results. What was read in the first walk is near in the next ones.
///
/// Sums of columns are kept in registers while a block goes from row to row. Its blocks have parts of the rows each,
/// and leave their sums in the workspace; whichever block comes last adds them up, in the order of the parts.
///
/// @param reads the launch's, then a stand-in for each row value that walks are given
/// @param writes the whole ones, then those of rows, then those of columns
record RowCalls(Launch.Rows launch, RowStages stages, List<Port> reads, List<Port> writes) {
    /// The longest row that may be reduced: a thread then has 4 packs of f32.
    static final int LONGEST_ROW = 8192;

    static Calls of(Launch.Rows launch, Card card) {
        RowStages stages = new RowStages(launch);
        List<Port> reads = new ArrayList<>();
        launch.reads().forEach(r -> reads.add(port(launch, r)));
        stages.carried().forEach(value -> reads.add(carried(launch, value)));
        List<Port> writes = stages.order().stream()
                .map(i -> port(launch, launch.writes().get(i)))
                .toList();
        return new RowKernel(new RowCalls(launch, stages, reads, writes)).calls(card);
    }

    /// A read or write of rows or columns is one of the whole domain that does not move along the other axes.
    private static Port port(Launch.Rows launch, Operand operand) {
        return Port.of(operand, operand.layout().broadcast(launch.domain()));
    }

    /// It has no memory, and is never loaded.
    private static Port carried(Launch.Rows launch, Value value) {
        DType type = launch.body().spec(value).dtype();
        return new Port(type, Layout.dense(launch.rowShape()).broadcast(launch.domain()), new Argument.Workspace(0));
    }

    /// Elementwise code over the whole domain, and its axes in two: those that count rows, and those within.
    record Walk(Elementwise code, Space rows, Space columns) {}

    /// Code for all reads and the first few writes.
    Walk walk(Graph body, int firstWrites) {
        Elementwise given = Elementwise.of(launch.domain(), body, reads, writes.subList(0, firstWrites));
        int wide = (int) IntStream.range(0, launch.split())
                .filter(i -> launch.domain().dim(i) != 1)
                .count();
        List<Axis> axes = given.space().axes();
        Space rows = new Space(axes.subList(0, wide)).merged();
        Space columns = new Space(axes.subList(wide, axes.size())).merged();
        List<Axis> both = new ArrayList<>(rows.axes());
        both.addAll(columns.axes());
        return new Walk(given.over(new Space(both)), rows, columns);
    }

    /// Code for everything, with the operands that the kernel is given.
    Walk whole() {
        return walk(launch.body(), writes.size());
    }

    /// How many adjacent elements a thread does at a time: as many as all whole operands allow.
    int width() {
        Walk walk = walk(launch.body(), wholeWrites());
        return walk.code().exactWidth(reads.size() + wholeWrites());
    }

    int wholeWrites() {
        return stages.wholeWrites().size();
    }

    int writesOfRows() {
        return stages.writesOfRows().size();
    }
}
