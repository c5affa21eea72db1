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
        List<Buffer> moving = unplaced.stream()
                .filter(b -> !b.pinned())
                .sorted(Comparator.comparingLong(Buffer::bytes).reversed().thenComparingInt(Buffer::id))
                .toList();
        for (Buffer b : blocks ? inBlocks(moving, floor) : inGaps(moving, floor)) {
            placed[b.id()] = b;
        }
        return List.of(placed);
    }

    private static boolean live(Buffer a, Buffer b) {
        return a.from() <= b.to() && b.from() <= a.to();
    }

    private static List<Buffer> inGaps(List<Buffer> largestFirst, long floor) {
        List<Buffer> done = new ArrayList<>();
        for (Buffer b : largestFirst) {
            done.add(at(b, bestGap(b, done, floor)));
        }
        return done;
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

    /// Buffers come largest first, so the first in a block is as large as the block, the smallest block that fits is
    /// the last one made, and every later buffer fits into each.
    private static List<Buffer> inBlocks(List<Buffer> largestFirst, long floor) {
        List<List<Buffer>> blocks = new ArrayList<>();
        List<Buffer> done = new ArrayList<>();
        long end = floor;
        for (Buffer b : largestFirst) {
            Optional<List<Buffer>> free = blocks.reversed().stream()
                    .filter(block -> block.getFirst().dtype() == b.dtype())
                    .filter(block -> block.stream().noneMatch(other -> live(b, other)))
                    .findFirst();
            List<Buffer> block = free.orElseGet(ArrayList::new);
            Buffer settled = at(b, free.isPresent() ? block.getFirst().offset() : end);
            if (free.isEmpty()) {
                blocks.add(block);
                end = end(settled);
            }
            block.add(settled);
            done.add(settled);
        }
        return done;
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
