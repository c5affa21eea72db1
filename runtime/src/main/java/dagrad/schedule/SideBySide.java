package dagrad.schedule;

import dagrad.plan.Buffer;
import dagrad.plan.Launch;
import dagrad.plan.Operand;
import dagrad.plan.Plan;
import dagrad.plan.Slot;
import java.util.ArrayList;
import java.util.List;

/// Has neighbours among the launches of a plan that write nothing but what is kept from run to run started as one, where
/// none reads or writes what another writes: the optimizer's for each flat tensor, and its counters. As they write no
/// buffer whose life could begin with one of them, the others keep their places.
final class SideBySide {
    /// Operands of a launch, as a kernel's parameters have 4096 bytes.
    private static final int MOST_OPERANDS = 256;

    private final Plan plan;
    private final List<Launch> launches = new ArrayList<>();
    /// For each launch of the plan, and for the end, what its number becomes.
    private final int[] number;

    private SideBySide(Plan plan) {
        this.plan = plan;
        this.number = new int[plan.launches().size() + 1];
    }

    static Plan apply(Plan plan) {
        return new SideBySide(plan).result();
    }

    private Plan result() {
        List<Launch.Fused> run = new ArrayList<>();
        for (int i = 0; i < plan.launches().size(); i++) {
            switch (plan.launches().get(i)) {
                case Launch.Fused fused
                when updates(fused) -> {
                    if (!goesWith(fused, run)) {
                        finish(run);
                    }
                    run.add(fused);
                    number[i] = launches.size();
                }
                case Launch other -> {
                    finish(run);
                    number[i] = launches.size();
                    launches.add(other);
                }
            }
        }
        finish(run);
        number[plan.launches().size()] = launches.size();
        List<Buffer> buffers = plan.buffers().stream().map(this::renumbered).toList();
        return new Plan(
                plan.graph(), launches, buffers, plan.inputs(), plan.outputs(), plan.constants(), plan.arenaBytes());
    }

    private void finish(List<Launch.Fused> run) {
        if (!run.isEmpty()) {
            launches.add(run.size() == 1 ? run.getFirst() : Launch.Updates.of(run));
            run.clear();
        }
    }

    private boolean updates(Launch.Fused fused) {
        return fused.domain().size() > 0
                && fused.writes().stream()
                        .allMatch(w -> plan.buffers().get(w.slot().buffer()).pinned());
    }

    private static boolean goesWith(Launch.Fused fused, List<Launch.Fused> run) {
        int operands = run.stream().mapToInt(part -> part.operands().size()).sum();
        return operands + fused.operands().size() <= MOST_OPERANDS
                && run.stream()
                        .allMatch(part ->
                                apart(part.writes(), fused.operands()) && apart(part.operands(), fused.writes()));
    }

    private static boolean apart(List<Operand> some, List<Operand> others) {
        return some.stream().noneMatch(a -> others.stream().anyMatch(b -> share(a.slot(), b.slot())));
    }

    private static boolean share(Slot a, Slot b) {
        return a.offset() < b.end() && b.offset() < a.end();
    }

    private Buffer renumbered(Buffer b) {
        int from = b.from() < 0 ? b.from() : number[b.from()];
        int to = b.to() < 0 ? b.to() : number[b.to()];
        return new Buffer(b.id(), b.category(), b.dtype(), b.offset(), b.bytes(), from, to);
    }
}
