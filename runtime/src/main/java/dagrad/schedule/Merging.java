package dagrad.schedule;

import dagrad.graph.Graph;
import dagrad.graph.Value;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Joins elementwise units that read one another or compute the same, so that what lies between them stays in
/// registers; on devices with code for rows then also reductions and what is around them ([RowMerging]).
final class Merging {
    private final Graph graph;
    private final Views views;
    private final Set<Value> results;
    private final int longest;
    private final UnitGraph units;

    /// @param results values that must be written, whoever reads them
    /// @param longest nodes of the longest code
    private Merging(Graph graph, Views views, Set<Value> results, int longest, List<Unit> separate, Phases phases) {
        this.graph = graph;
        this.views = views;
        this.results = results;
        this.longest = longest;
        this.units = new UnitGraph(separate, phases);
    }

    /// @param longestRow as in [dagrad.plan.Capabilities]
    static List<Unit> merge(
            Graph graph,
            Views views,
            Set<Value> results,
            int longest,
            int longestRow,
            List<Unit> separate,
            Phases phases) {
        Merging merging = new Merging(graph, views, results, longest, separate, phases);
        for (int i = 0; i < merging.units.size(); i++) {
            if (merging.units.get(i) instanceof Unit.Elementwise) {
                merging.mergeInto(i);
            }
        }
        if (longestRow > 0) {
            new RowMerging(graph, views, longestRow, merging.units).merge();
        }
        merging.dropUnread();
        return merging.units.remaining();
    }

    /// Joins to unit `i` every earlier one that it may be joined with.
    private void mergeInto(int i) {
        for (int candidate : candidates(i)) {
            if (units.get(i) instanceof Unit.Elementwise mine
                    && units.get(candidate) instanceof Unit.Elementwise other
                    && units.canJoin(candidate, i)) {
                join(mine, other).ifPresent(both -> units.join(candidate, i, both));
            }
        }
    }

    /// Elementwise units over as many elements that unit `i` reads from, or that compute a node which it computes
    /// too.
    private Set<Integer> candidates(int i) {
        Unit.Elementwise mine = (Unit.Elementwise) units.get(i);
        Set<Integer> found = new LinkedHashSet<>(units.dependencies(i));
        for (int j = 0; j < i; j++) {
            if (units.get(j) instanceof Unit.Elementwise other
                    && other.code().inlined().stream().anyMatch(mine.code().inlined()::contains)) {
                found.add(j);
            }
        }
        found.removeIf(j -> !(units.get(j) instanceof Unit.Elementwise other)
                || other.code().domain().size() != mine.code().domain().size());
        return found;
    }

    private Optional<Unit.Elementwise> join(Unit.Elementwise a, Unit.Elementwise b) {
        List<Value> writes = bothOf(a.writes(), b.writes());
        try {
            Expression code = Expression.of(graph, views, a.code().domain(), writes);
            boolean selfContained = code.reads().stream().noneMatch(r -> writes.contains(r.base()));
            return selfContained
                            && code.size() <= longest
                            && writes.size() + code.reads().size() <= longest / 2
                    ? Optional.of(new Unit.Elementwise(code, writes))
                    : Optional.empty();
        } catch (Views.MustStore _) {
            return Optional.empty();
        }
    }

    /// In the order of the graph.
    static List<Value> bothOf(List<Value> a, List<Value> b) {
        List<Value> both = new ArrayList<>(a);
        both.addAll(b);
        both.sort(Comparator.comparingInt(Value::node).thenComparingInt(Value::output));
        return both;
    }

    /// Values that only their own unit reads need not be written.
    private void dropUnread() {
        Set<Value> read = new HashSet<>(results);
        units.remaining().forEach(u -> u.reads().forEach(r -> read.add(r.base())));
        for (int i = 0; i < units.size(); i++) {
            Unit unit = units.get(i);
            List<Value> needed = unit.writes().stream().filter(read::contains).toList();
            if (needed.size() < unit.writes().size() && !needed.isEmpty()) {
                units.replace(i, without(unit, needed));
            }
        }
    }

    private Unit without(Unit unit, List<Value> needed) {
        return switch (unit) {
            case Unit.Elementwise(Expression code, List<Value> writes) -> {
                Views without = views.without(
                        writes.stream().filter(v -> !needed.contains(v)).toList());
                yield new Unit.Elementwise(Expression.of(graph, without, code.domain(), needed), needed);
            }
            case Unit.Rows(Expression code, int split, List<Value> writes) -> {
                Expression less = RowCode.of(graph, views, code.domain(), split, Set.copyOf(writes), needed);
                yield new Unit.Rows(less, split, needed);
            }
            case Unit.Reduction _, Unit.Single _, Unit.Join _, Unit.Merged _ -> unit;
        };
    }
}
