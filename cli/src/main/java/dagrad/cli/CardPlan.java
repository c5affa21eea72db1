package dagrad.cli;

import dagrad.cuda.code.Call;
import dagrad.cuda.code.Calls;
import dagrad.cuda.code.Lowering;
import dagrad.plan.ByteCount;
import dagrad.plan.Card;
import dagrad.plan.Plan;
import dagrad.plan.PlanReport;
import dagrad.plan.Roofline;
import java.util.List;
import java.util.Locale;

/// What a plan becomes on a card, and how long that takes at best; no card is needed.
record CardPlan(Plan plan, Card card, List<Calls> calls, Roofline roofline) {
    /// Memory that the driver, cuBLAS and the context take.
    private static final long OVERHEAD = 700_000_000;

    /// @param tf32 whether products of f32 may be rounded
    static CardPlan of(Plan plan, Card card, boolean tf32) {
        List<Calls> calls = new Lowering(card).of(plan);
        List<Integer> numbers = calls.stream().map(c -> c.calls().size()).toList();
        return new CardPlan(plan, card, calls, Roofline.of(plan, numbers, card, tf32));
    }

    /// What kernels on a card need beside a plan's arena.
    static long workspace(Plan plan, Card card) {
        return workspace(new Lowering(card).of(plan));
    }

    private static long workspace(List<Calls> calls) {
        return calls.stream().mapToLong(Calls::workspace).max().orElse(0);
    }

    /// Two tables and some sentences.
    ///
    /// @param tokens examples or tokens of a step; 0 if nobody counts them
    String toText(long tokens) {
        StringBuilder text = new StringBuilder("\n").append(roofline.toText());
        long kernels = count(Call.Kernel.class);
        long products = count(Call.Gemm.class);
        long fills = count(Call.Clear.class);
        text.append("%d kernels, %d products and %d fills a step; workspace %sB%n"
                .formatted(kernels, products, fills, PlanReport.human(workspace(calls))));
        double seconds = roofline.all().total();
        if (tokens > 0) {
            text.append(String.format(Locale.ROOT, "at most %.0f tokens/s%n", tokens / seconds));
        }
        long needed = plan.arenaBytes() + workspace(calls) + OVERHEAD;
        text.append("needs %sB of %sB, %sB of it for driver and libraries%n"
                .formatted(PlanReport.human(needed), PlanReport.human(card.memory()), PlanReport.human(OVERHEAD)));
        if (needed > card.memory()) {
            text.append("does not fit: plan with --memory-budget ")
                    .append(ByteCount.option(card.memory() - OVERHEAD))
                    .append(", a smaller batch, bf16 (--precision bf16) or a larger card\n");
        }
        return text.toString();
    }

    private long count(Class<? extends Call> kind) {
        return calls.stream()
                .flatMap(c -> c.calls().stream())
                .filter(kind::isInstance)
                .count();
    }
}
