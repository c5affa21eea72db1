package dagrad.train;

import dagrad.backend.Backend;
import dagrad.graph.Graph;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.StepGraph;
import dagrad.plan.ByteCount;
import dagrad.plan.Plan;
import dagrad.plan.PlanReport;
import dagrad.schedule.Scheduler;
import java.util.OptionalInt;

/// The memory for a step: plans one that fits, or refuses before anything is allocated and says what would fit.
final class Room {
    /// What fits that many times, beside [#SMALL], fits: what kernels need beside an arena is not looked at then.
    private static final int AMPLE = 4;

    private static final long SMALL = 64 << 20;

    private final Backend backend;
    private final Model model;
    private final Recipe recipe;
    private final Settings settings;
    private final long free;
    private final long limit;

    Room(Backend backend, Model model, Recipe recipe, Settings settings) {
        this.backend = backend;
        this.model = model;
        this.recipe = recipe;
        this.settings = settings;
        this.free = backend.memory();
        this.limit = Math.min(free, settings.memory().orElse(Long.MAX_VALUE));
    }

    /// The least step that can be had: what fits is left as it is, and within a budget what does not fit is computed again.
    ///
    /// @throws TrainingException if no plan fits
    Plan plan() {
        Plan whole = whole(settings.batch());
        if (fits(whole)) {
            return whole;
        }
        Plan smaller = within(whole);
        if (settings.memory().isPresent() && fits(smaller)) {
            return smaller;
        }
        throw new TrainingException(refusal(whole, smaller));
    }

    static StepGraph step(Model model, Recipe recipe, int batch) {
        return StepGraph.of(model.training(batch), recipe);
    }

    private Graph step(int batch) {
        return step(model, recipe, batch).graph();
    }

    /// The plan of a step that computes everything once.
    Plan whole(int batch) {
        return Scheduler.plan(step(batch), backend.capabilities());
    }

    boolean fits(Plan plan) {
        return isAmple(limit, plan.arenaBytes()) || backend.needs(plan) <= limit;
    }

    /// Whether arenas of so many bytes, and all that comes with them, are little beside what is free.
    static boolean isAmple(long free, long arenas) {
        return arenas < (free - SMALL) / AMPLE;
    }

    /// A plan that computes again what it takes to fit, or the smallest.
    Plan within(Plan whole) {
        long beside = backend.needs(whole) - whole.arenaBytes();
        return Scheduler.plan(step(settings.batch()), backend.capabilities(), limit - beside);
    }

    // ---- refusal --------------------------------------------------------------------------------------------------

    private String refusal(Plan whole, Plan smaller) {
        String there = settings.memory().isPresent() && limit < free
                ? "the memory budget is " + ByteCount.text(limit)
                : ByteCount.text(limit) + " are free on " + backend.name();
        OptionalInt largest = largestBatch(whole);
        return "a step of " + examples(settings.batch()) + " takes " + ByteCount.text(backend.needs(whole)) + ", and "
                + there
                + (largest.isPresent()
                        ? "; the largest batch that fits has " + examples(largest.getAsInt())
                        : "; not even a batch of 1 fits")
                + recomputation(whole, smaller);
    }

    private static String examples(int number) {
        return number + (number == 1 ? " example" : " examples");
    }

    private String recomputation(Plan whole, Plan smaller) {
        if (smaller.arenaBytes() >= whole.arenaBytes()) {
            return "; computing again what waits for its gradient would save nothing";
        }
        String saved = ByteCount.text(backend.needs(smaller)) + ", for " + PlanReport.more(whole, smaller);
        return fits(smaller)
                ? "; computing again what waits for its gradient, it takes " + saved + " (--memory-budget "
                        + ByteCount.option(limit) + ")"
                : "; even if all that can be is computed again, it takes " + saved;
    }

    /// By false position, as memory grows along a line with the batch, nearly.
    private OptionalInt largestBatch(Plan whole) {
        int low = 0;
        int high = settings.batch();
        double atLow = 0;
        double atHigh = backend.needs(whole);
        while (high - low > 1) {
            double slope = (atHigh - atLow) / (high - low);
            int next = Math.clamp((long) (low + (limit - atLow) / slope), low + 1, high - 1);
            long needed = backend.needs(whole(next));
            if (needed <= limit) {
                low = next;
                atLow = needed;
            } else {
                high = next;
                atHigh = needed;
            }
        }
        return low == 0 ? OptionalInt.empty() : OptionalInt.of(low);
    }
}
