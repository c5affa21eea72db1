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
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/// Which unit must run before which, and an order that respects it.
final class Order {
    private final List<Unit> units;
    private final Map<Value, Integer> writer = new HashMap<>();
    private final List<Set<Integer>> after = new ArrayList<>();

    /// Every unit runs after those that write what it reads, and those of the late phase after all others.
    Order(List<Unit> units, Phases phases) {
        this.units = List.copyOf(units);
        for (int i = 0; i < units.size(); i++) {
            for (Value v : units.get(i).writes()) {
                writer.put(v, i);
            }
        }
        List<Integer> early = IntStream.range(0, units.size())
                .filter(i -> !phases.isLate(units.get(i)))
                .boxed()
                .toList();
        for (Unit unit : units) {
            Set<Integer> needs = new LinkedHashSet<>(phases.isLate(unit) ? early : List.of());
            for (Views.Read read : unit.reads()) {
                Integer from = writer.get(read.base());
                if (from != null) {
                    needs.add(from);
                }
            }
            after.add(needs);
        }
    }

    /// Tries to have some units run before another; units are meant by their position in the list given.
    ///
    /// @return whether that is possible; if not, nothing has changed
    boolean require(Set<Integer> first, int then) {
        if (first.stream().anyMatch(unit -> unit != then && waitsFor(unit, then))) {
            return false;
        }
        first.stream().filter(unit -> unit != then).forEach(after.get(then)::add);
        return true;
    }

    private boolean waitsFor(int unit, int goal) {
        Deque<Integer> open = new ArrayDeque<>(after.get(unit));
        Set<Integer> seen = new HashSet<>(open);
        while (!open.isEmpty()) {
            int next = open.pop();
            if (next == goal) {
                return true;
            }
            for (int before : after.get(next)) {
                if (seen.add(before)) {
                    open.add(before);
                }
            }
        }
        return false;
    }

    /// Kahn's algorithm. Of the units that can run, the first in the graph does that needs no more memory after it than
    /// before: it frees at least what it makes. If there is none, the first does.
    ///
    /// @param memory the bytes of its own that a value takes until its last reader has run
    List<Unit> sorted(ToLongFunction<Value> memory) {
        List<Set<Integer>> waiting = new ArrayList<>();
        Map<Integer, List<Integer>> frees = new HashMap<>();
        Map<Value, Integer> readers = readers();
        NavigableSet<Integer> ready = new TreeSet<>(
                Comparator.comparingInt((Integer i) -> units.get(i).position()).thenComparing(i -> i));
        for (int i = 0; i < units.size(); i++) {
            waiting.add(new HashSet<>(after.get(i)));
            for (int before : after.get(i)) {
                frees.computeIfAbsent(before, _ -> new ArrayList<>()).add(i);
            }
            if (after.get(i).isEmpty()) {
                ready.add(i);
            }
        }
        List<Unit> order = new ArrayList<>();
        while (!ready.isEmpty()) {
            int next = ready.stream()
                    .filter(i -> growth(units.get(i), readers, memory) <= 0)
                    .findFirst()
                    .orElseGet(ready::first);
            ready.remove(next);
            order.add(units.get(next));
            bases(units.get(next)).forEach(v -> readers.merge(v, -1, Integer::sum));
            for (int i : frees.getOrDefault(next, List.of())) {
                waiting.get(i).remove(next);
                if (waiting.get(i).isEmpty()) {
                    ready.add(i);
                }
            }
        }
        if (order.size() != units.size()) {
            throw new IllegalStateException("units that wait for each other");
        }
        return order;
    }

    private Map<Value, Integer> readers() {
        Map<Value, Integer> readers = new HashMap<>();
        units.forEach(unit -> bases(unit).forEach(v -> readers.merge(v, 1, Integer::sum)));
        return readers;
    }

    private static Set<Value> bases(Unit unit) {
        Set<Value> bases = new LinkedHashSet<>();
        unit.reads().forEach(read -> bases.add(read.base()));
        return bases;
    }

    /// Bytes that live after a unit and did not before, less those that do no longer.
    private static long growth(Unit unit, Map<Value, Integer> readers, ToLongFunction<Value> memory) {
        long made = unit.writes().stream().mapToLong(memory).sum();
        long freed = bases(unit).stream()
                .filter(v -> readers.get(v) == 1)
                .mapToLong(memory)
                .sum();
        return made - freed;
    }
}
