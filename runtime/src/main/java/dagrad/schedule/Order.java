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
import java.util.PriorityQueue;
import java.util.Set;

/// Which unit must run before which, and an order that respects it.
final class Order {
    private final List<Unit> units;
    private final Map<Value, Integer> writer = new HashMap<>();
    private final List<Set<Integer>> after = new ArrayList<>();

    /// Every unit runs after those that write what it reads.
    Order(List<Unit> units) {
        this.units = List.copyOf(units);
        for (int i = 0; i < units.size(); i++) {
            for (Value v : units.get(i).writes()) {
                writer.put(v, i);
            }
        }
        for (Unit unit : units) {
            Set<Integer> needs = new LinkedHashSet<>();
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

    /// Kahn's algorithm, always taking the unit that comes first in the graph.
    List<Unit> sorted() {
        List<Set<Integer>> waiting = new ArrayList<>();
        Map<Integer, List<Integer>> frees = new HashMap<>();
        PriorityQueue<Integer> ready = new PriorityQueue<>(
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
            int next = ready.poll();
            order.add(units.get(next));
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
}
