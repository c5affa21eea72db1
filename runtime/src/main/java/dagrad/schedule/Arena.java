package dagrad.schedule;

import dagrad.plan.Buffer;
import dagrad.plan.Plan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Gives buffers their addresses: those that outlive a run side by side at the start, the others, largest first,
/// each into the smallest gap that is free during its whole life (best fit by size; Pisarchyk & Lee, "Efficient
/// memory management for deep neural net inference", 2020, section 5).
///
/// For devices whose memory is blocks, a buffer gets the start of the smallest block of its type that is free during
/// its life and large enough, or a new one.
final class Arena {
    private Arena() {}

    /// @param stretches what is to be placed
    /// @param launchOf for each position in the order of units, and one past them, the first launch that belongs to
    /// it
    static List<Buffer> place(List<Placement.Stretch> stretches, int[] launchOf, boolean blocks) {
        List<Buffer> unplaced = new ArrayList<>();
        for (int i = 0; i < stretches.size(); i++) {
            Placement.Stretch s = stretches.get(i);
            int from = s.from() < 0 ? -1 : launchOf[s.from()];
            int to = s.to() + 1 < launchOf.length
                    ? Math.max(from, launchOf[s.to() + 1] - 1)
                    : launchOf[launchOf.length - 1];
            unplaced.add(new Buffer(i, s.category(), s.dtype(), 0, s.bytes(), from, to));
        }
        Buffer[] placed = new Buffer[unplaced.size()];
        long floor = 0;
        List<Buffer> pinned = unplaced.stream()
                .filter(Buffer::pinned)
                .sorted(Comparator.comparing(Buffer::category).thenComparingInt(Buffer::id))
                .toList();
        for (Buffer b : pinned) {
            placed[b.id()] = at(b, floor);
            floor = end(placed[b.id()]);
        }
        List<Buffer> done = new ArrayList<>();
        List<Buffer> moving = unplaced.stream()
                .filter(b -> !b.pinned())
                .sorted(Comparator.comparingLong(Buffer::bytes).reversed().thenComparingInt(Buffer::id))
                .toList();
        for (Buffer b : moving) {
            Buffer settled = at(b, blocks ? bestBlock(b, done, floor) : bestGap(b, done, floor));
            placed[b.id()] = settled;
            done.add(settled);
        }
        return List.of(placed);
    }

    private static boolean live(Buffer a, Buffer b) {
        return a.from() <= b.to() && b.from() <= a.to();
    }

    private static long bestGap(Buffer b, List<Buffer> done, long floor) {
        List<Buffer> inTheWay = done.stream()
                .filter(other -> live(b, other))
                .sorted(Comparator.comparingLong(Buffer::offset))
                .toList();
        long at = floor;
        long best = -1;
        long bestSize = Long.MAX_VALUE;
        for (Buffer other : inTheWay) {
            long gap = other.offset() - at;
            if (gap >= b.bytes() && gap < bestSize) {
                best = at;
                bestSize = gap;
            }
            at = Math.max(at, end(other));
        }
        return best >= 0 ? best : at;
    }

    /// Buffers come largest first, so the first in a block is as large as the block, and every later one fits.
    private static long bestBlock(Buffer b, List<Buffer> done, long floor) {
        Optional<Buffer> first = done.stream()
                .filter(o -> o.dtype() == b.dtype())
                .filter(o -> done.stream().noneMatch(other -> other.offset() == o.offset() && live(b, other)))
                .min(Comparator.comparingLong((Buffer o) -> done.stream()
                        .filter(other -> other.offset() == o.offset())
                        .mapToLong(Buffer::bytes)
                        .max()
                        .orElse(0)));
        return first.map(Buffer::offset)
                .orElseGet(() -> done.stream().mapToLong(Arena::end).max().orElse(floor));
    }

    private static Buffer at(Buffer b, long offset) {
        return new Buffer(b.id(), b.category(), b.dtype(), offset, b.bytes(), b.from(), b.to());
    }

    private static long end(Buffer b) {
        return Math.ceilDiv(b.offset() + Math.max(1, b.bytes()), (long) Plan.ALIGNMENT) * Plan.ALIGNMENT;
    }

    static long bytes(List<Buffer> buffers) {
        return buffers.stream().mapToLong(Arena::end).max().orElse(0);
    }
}
