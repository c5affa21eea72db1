package dagrad.schedule;

import java.util.Set;

/// What may run only after everything else has: nodes that compute again what was known before, and what follows from
/// them. Without the order, computing again would be merged with computing for the first time, or done long before it
/// is wanted, and nothing would be saved.
///
/// @param late numbers of nodes; no other node reads from them
record Phases(Set<Integer> late) {
    /// Everything may run as soon as it can.
    static final Phases ONE = new Phases(Set.of());

    Phases {
        late = Set.copyOf(late);
    }

    boolean isLate(Unit unit) {
        return unit.writes().stream().anyMatch(value -> late.contains(value.node()));
    }
}
