package dagrad.cpu;

import dagrad.graph.Reduce;
import dagrad.graph.Value;
import dagrad.plan.Launch;
import dagrad.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Elementwise code followed by a reduction. The domain's axes are merged to alternating kept and reduced ones; the
/// innermost is cut into runs of at most a tile. If it is reduced, a run gives one number; if it is kept, runs are added
/// to a row of sums.
///
/// The work is cut into tasks by shape alone: a task takes some runs of one group of results, and where groups are few,
/// several tasks share one and their parts are put together in order. So the bits do not depend on the threads.
final class ReduceStep {
    /// Elements that a task should have at least.
    private static final int WORTH_A_TASK = 1 << 14;
    /// How many tasks are wanted at least.
    private static final int TASKS = 16;

    private final ElementPlan plan;
    private final Reduce.Kind kind;
    private final float[] out;
    private final int outStart;
    private final RunGeometry runs;
    private final int parts;
    private final float[] partial;
    private final float[][] rows;

    private ReduceStep(Launch.FusedReduce launch, ElementPlan plan, RunGeometry runs, Memory memory, Scratch scratch) {
        this.plan = plan;
        this.kind = launch.reduce().kind();
        this.out = memory.floats(launch.out());
        this.outStart = memory.start(launch.out());
        this.runs = runs;
        long runsPerTask = Math.max(1, WORTH_A_TASK / runs.length());
        long useful = Math.ceilDiv(runs.perGroup(), runsPerTask);
        this.parts = (int) Math.clamp(Math.ceilDiv((long) TASKS, runs.groups()), 1, Math.max(1, useful));
        this.partial = scratch.floats(Math.toIntExact(runs.groups() * parts * runs.width()));
        this.rows = scratch.floats(scratch.workers(), Scratch.TILE);
    }

    static Step of(Launch.FusedReduce launch, Memory memory, Scratch scratch) {
        Value operand =
                launch.body().node(launch.body().output("out0")).inputs().getFirst();
        boolean simple = launch.domain().size() > 0
                && launch.out().dtype() == DType.F32
                && launch.out().layout().isDense();
        return Optional.of(launch)
                .filter(_ -> simple)
                .flatMap(l -> ElementPlan.of(
                        elementwise(l, operand), List.of(operand), l.domain(), l.reads(), memory, scratch))
                .map(plan -> {
                    RunGeometry runs =
                            RunGeometry.of(launch.domain(), launch.reduce().axes());
                    return new ReduceStep(launch, plan, runs, memory, scratch).step();
                })
                .orElseGet(() -> InterpretedStep.of(launch, memory));
    }

    /// The body without the reduction, which is its last node.
    private static dagrad.graph.Graph elementwise(Launch.FusedReduce launch, Value operand) {
        List<dagrad.graph.Node> nodes = new ArrayList<>(launch.body().nodes());
        nodes.removeIf(n -> n.op() instanceof Reduce);
        return new dagrad.graph.Graph(nodes, java.util.Map.of("out0", operand), java.util.Map.of());
    }

    private Step step() {
        int tasks = Math.toIntExact(runs.groups() * parts);
        Workers.Chunk chunk = this::task;
        return workers -> {
            plan.begin();
            workers.run(tasks, chunk);
            putTogether();
        };
    }

    private void task(int task, int worker) {
        long group = task / parts;
        long first = runs.perGroup() * (task % parts) / parts;
        long last = runs.perGroup() * (task % parts + 1) / parts;
        int width = runs.width(group);
        if (runs.innerIsReduced()) {
            double sum = Reduction.identity(kind);
            for (long run = first; run < last; run++) {
                int n = runs.length(run);
                plan.run(worker, runs.start(group, run), n);
                sum = Reduction.combine(kind, sum, FloatSums.reduce(kind, (float[]) plan.result(worker, 0), n));
            }
            partial[task] = (float) sum;
            return;
        }
        float[] row = rows[worker];
        java.util.Arrays.fill(row, 0, width, (float) Reduction.identity(kind));
        int together = runs.isWholeRow() ? Math.max(1, Scratch.TILE / width) : 1;
        for (long run = first; run < last; run += together) {
            int count = (int) Math.min(together, last - run);
            plan.run(worker, runs.start(group, run), count * width);
            FloatSums.addRows(kind, (float[]) plan.result(worker, 0), count, width, row);
        }
        System.arraycopy(row, 0, partial, task * runs.width(), width);
    }

    /// Adds each group's parts in order and writes the results.
    private void putTogether() {
        for (int group = 0; group < runs.groups(); group++) {
            int width = runs.innerIsReduced() ? 1 : runs.width(group);
            int to = outStart + Math.toIntExact(runs.result(group));
            int from = group * parts * runs.width();
            System.arraycopy(partial, from, out, to, width);
            for (int part = 1; part < parts; part++) {
                int next = from + part * runs.width();
                for (int i = 0; i < width; i++) {
                    out[to + i] = Reduction.combine(kind, out[to + i], partial[next + i]);
                }
            }
        }
    }
}
