package dagrad.schedule;

import dagrad.graph.Graph;
import dagrad.graph.Value;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Joins elementwise units that read one another or compute the same, so that what lies between them stays in
/// registers.
final class Merging {
    private final Graph graph;
    private final Views views;
    private final Set<Value> results;
    private final int longest;
    private final List<Unit> units = new ArrayList<>();
    private final Map<Value, Integer> writer = new HashMap<>();

    /// @param results values that must be written, whoever reads them
    /// @param longest nodes of the longest code
    Merging(Graph graph, Views views, Set<Value> results, int longest) {
        this.graph = graph;
        this.views = views;
        this.results = results;
        this.longest = longest;
    }

    List<Unit> merge(List<Unit> separate) {
        separate.stream().sorted(Comparator.comparingInt(Unit::position)).forEach(this::add);
        for (int i = 0; i < units.size(); i++) {
            if (units.get(i) instanceof Unit.Elementwise) {
                mergeInto(i);
            }
        }
        dropUnread();
        return units.stream().filter(u -> !(u instanceof Unit.Merged)).toList();
    }

    private void add(Unit unit) {
        unit.writes().forEach(v -> writer.put(v, units.size()));
        units.add(unit);
    }

    /// Joins to unit `i` every earlier one that it may be joined with.
    private void mergeInto(int i) {
        for (int candidate : candidates(i)) {
            if (units.get(i) instanceof Unit.Elementwise mine
                    && units.get(candidate) instanceof Unit.Elementwise other
                    && !pathThroughOthers(candidate, i)
                    && !pathThroughOthers(i, candidate)) {
                join(mine, other).ifPresent(both -> {
                    units.set(candidate, new Unit.Merged());
                    units.set(i, both);
                    both.writes().forEach(v -> writer.put(v, i));
                });
            }
        }
    }

    /// Elementwise units over as many elements that unit `i` reads from, or that compute a node which it computes
    /// too.
    private Set<Integer> candidates(int i) {
        Set<Integer> found = new LinkedHashSet<>();
        Unit.Elementwise mine = (Unit.Elementwise) units.get(i);
        for (Views.Read read : mine.reads()) {
            Integer from = writer.get(read.base());
            if (from != null && from != i) {
                found.add(from);
            }
        }
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
        List<Value> writes = new ArrayList<>(a.writes());
        writes.addAll(b.writes());
        writes.sort(Comparator.comparingInt(Value::node).thenComparingInt(Value::output));
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

    /// Whether something that `from` writes reaches `to` through a third unit: then the two cannot be one.
    private boolean pathThroughOthers(int from, int to) {
        Deque<Integer> open = new ArrayDeque<>();
        Set<Integer> seen = new HashSet<>();
        for (int dependency : dependencies(to)) {
            if (dependency != from && seen.add(dependency)) {
                open.add(dependency);
            }
        }
        while (!open.isEmpty()) {
            for (int dependency : dependencies(open.pop())) {
                if (dependency == from) {
                    return true;
                }
                if (seen.add(dependency)) {
                    open.add(dependency);
                }
            }
        }
        return false;
    }

    private Set<Integer> dependencies(int i) {
        Set<Integer> result = new LinkedHashSet<>();
        for (Views.Read read : units.get(i).reads()) {
            Integer from = writer.get(read.base());
            if (from != null) {
                result.add(from);
            }
        }
        return result;
    }

    /// Values that only their own unit reads need not be written.
    private void dropUnread() {
        Set<Value> read = new HashSet<>(results);
        units.forEach(u -> u.reads().forEach(r -> read.add(r.base())));
        for (int i = 0; i < units.size(); i++) {
            if (units.get(i) instanceof Unit.Elementwise(Expression code, List<Value> writes)) {
                List<Value> needed = writes.stream().filter(read::contains).toList();
                if (needed.size() < writes.size() && !needed.isEmpty()) {
                    List<Value> dropped =
                            writes.stream().filter(v -> !needed.contains(v)).toList();
                    units.set(i, without(code, needed, dropped));
                }
            }
        }
    }

    private Unit without(Expression code, List<Value> needed, List<Value> dropped) {
        Set<Value> storedElsewhere = new HashSet<>(views.stored());
        storedElsewhere.removeAll(dropped);
        return new Unit.Elementwise(
                Expression.of(graph, new Views(graph, storedElsewhere), code.domain(), needed), needed);
    }
}
