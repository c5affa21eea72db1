package dagrad.schedule;

import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.plan.Plan;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;

/// Finds how much must be computed again for a plan to fit.
final class Economy {
    /// Shares of the candidates that are tried before the smallest that fits is looked for.
    private static final int TRIES = 8;

    private final long budget;
    private final Recompute recompute;
    private final List<Value> candidates;
    private final BiFunction<Graph, Phases, Plan> planner;
    private Plan best;

    private Economy(long budget, Plan whole, BiFunction<Graph, Phases, Plan> planner) {
        this.budget = budget;
        this.recompute = new Recompute(whole);
        this.candidates = recompute.candidates();
        this.planner = planner;
        this.best = whole;
    }

    /// @param whole the plan that computes everything once
    /// @param planner plans a graph that has been through the passes
    /// @return `whole` if it fits; else one that does, computing little again; else the smallest found
    static Plan within(long budget, Plan whole, BiFunction<Graph, Phases, Plan> planner) {
        return whole.arenaBytes() <= budget ? whole : new Economy(budget, whole, planner).search();
    }

    /// The more is computed again the smaller the plan, up to where so little is kept that all of it is computed at
    /// once: so the first that fits is looked for from below, and then the least before it.
    private Plan search() {
        int tooFew = 0;
        for (int i = 1; i <= TRIES; i++) {
            int number = Math.ceilDiv(candidates.size() * i, TRIES);
            if (number > tooFew) {
                if (fits(number)) {
                    return least(tooFew, number);
                }
                tooFew = number;
            }
        }
        return best;
    }

    private Plan least(int tooFew, int enough) {
        int low = tooFew;
        int high = enough;
        while (high - low > 1) {
            int middle = (low + high) / 2;
            if (fits(middle)) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return best;
    }

    /// Plans with the first candidates computed again, and keeps the plan if it fits or is the smallest so far.
    private boolean fits(int number) {
        Recompute.Result again = recompute.apply(Set.copyOf(candidates.subList(0, number)));
        Plan plan = planner.apply(again.graph(), again.phases());
        boolean fits = plan.arenaBytes() <= budget;
        if (fits || plan.arenaBytes() < best.arenaBytes()) {
            best = plan;
        }
        return fits;
    }
}
