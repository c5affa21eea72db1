package dagrad.schedule;

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
import java.util.Set;
import java.util.TreeSet;

/// Units and which reads what another writes, while some of them become one.
final class UnitGraph {
    private final Phases phases;
    private final List<Unit> units = new ArrayList<>();
    private final Map<Value, Integer> writer = new HashMap<>();
    private final Map<Value, Set<Integer>> readers = new HashMap<>();
    /// Of the units that have been asked for since the last join.
    private final Map<Integer, Set<Integer>> dependencies = new HashMap<>();

    UnitGraph(List<Unit> separate, Phases phases) {
        this.phases = phases;
        separate.stream().sorted(Comparator.comparingInt(Unit::position)).forEach(unit -> {
            units.add(unit);
            register(units.size() - 1);
        });
    }

    private void register(int i) {
        units.get(i).writes().forEach(v -> writer.put(v, i));
        units.get(i)
                .reads()
                .forEach(r ->
                        readers.computeIfAbsent(r.base(), _ -> new TreeSet<>()).add(i));
    }

    int size() {
        return units.size();
    }

    Unit get(int i) {
        return units.get(i);
    }

    /// The units that read a value, in order; some of them may have become part of others.
    Set<Integer> readers(Value value) {
        return readers.getOrDefault(value, Set.of());
    }

    /// Puts a unit that does the same in the place of one.
    void replace(int i, Unit unit) {
        units.set(i, unit);
    }

    /// Puts a unit that does both in the place of the second.
    void join(int gone, int i, Unit both) {
        units.set(gone, new Unit.Merged());
        units.set(i, both);
        register(i);
        dependencies.clear();
    }

    /// Those that have not become part of another.
    List<Unit> remaining() {
        return units.stream().filter(u -> !(u instanceof Unit.Merged)).toList();
    }

    /// The units that one reads from.
    Set<Integer> dependencies(int i) {
        return dependencies.computeIfAbsent(i, _ -> {
            Set<Integer> result = new LinkedHashSet<>();
            for (Views.Read read : units.get(i).reads()) {
                Integer from = writer.get(read.base());
                if (from != null && from != i) {
                    result.add(from);
                }
            }
            return result;
        });
    }

    /// Whether two units can be one: nothing that one writes reaches the other through a third, and they run in one
    /// phase.
    boolean canJoin(int a, int b) {
        return phases.isLate(units.get(a)) == phases.isLate(units.get(b))
                && !pathThroughOthers(a, b)
                && !pathThroughOthers(b, a);
    }

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
}
