package dagrad.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.plan.Buffer;
import dagrad.plan.Buffer.Category;
import dagrad.plan.Plan;
import dagrad.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class ArenaTest {
    private static final int UNITS = 60;
    /// Every unit is one launch.
    private static final int[] LAUNCHES = IntStream.rangeClosed(0, UNITS).toArray();

    @Property(tries = 300)
    void liveBuffersShareNothing(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 120) int count, @ForAll boolean blocks) {
        List<Buffer> placed = Arena.place(anything(new Random(seed), count), LAUNCHES, blocks);
        for (Buffer a : placed) {
            assertThat(a.offset() % Plan.ALIGNMENT).isZero();
            for (Buffer b : placed.subList(0, a.id())) {
                boolean share = a.offset() < b.offset() + b.bytes() && b.offset() < a.offset() + a.bytes();
                boolean meet = a.from() <= b.to() && b.from() <= a.to();
                assertThat(share && (meet || a.pinned() || b.pinned()))
                        .as("%s and %s", a, b)
                        .isFalse();
                if (blocks && share) {
                    assertThat(a.offset()).isEqualTo(b.offset());
                }
                if (blocks && a.offset() == b.offset()) {
                    assertThat(a.dtype()).isEqualTo(b.dtype());
                }
            }
        }
    }

    private static List<Placement.Stretch> anything(Random r, int count) {
        List<Placement.Stretch> result = new ArrayList<>();
        List<Category> categories = List.of(Category.values());
        for (int i = 0; i < count; i++) {
            Category category = categories.get(r.nextInt(categories.size()));
            DType dtype = r.nextInt(5) == 0 ? DType.I32 : DType.F32;
            int from = r.nextInt(UNITS);
            int to = from + r.nextInt(UNITS + 1 - from);
            result.add(
                    category.pinned()
                            ? new Placement.Stretch(category, dtype, 4L * r.nextInt(1000), -1, UNITS)
                            : new Placement.Stretch(category, dtype, 4L * r.nextInt(5000), from, to));
        }
        return result;
    }

    /// A forward and a reverse pass: each layer keeps activations until its own reverse pass, and makes what it
    /// needs for a moment.
    @Property(tries = 100)
    void aNetworkFitsNearlyAsTightAsItCould(@ForAll long seed) {
        Random r = new Random(seed);
        List<Placement.Stretch> stretches = new ArrayList<>();
        int layers = UNITS / 2;
        for (int i = 0; i < layers; i++) {
            int back = UNITS - 1 - i;
            stretches.add(passing(r, i, back));
            stretches.add(passing(r, i, Math.min(i + 1 + r.nextInt(2), UNITS - 1)));
            stretches.add(passing(r, back - r.nextInt(2), Math.min(back + 1, UNITS - 1)));
        }
        List<Buffer> placed = Arena.place(stretches, LAUNCHES, false);
        assertThat((double) Arena.bytes(placed)).isLessThanOrEqualTo(1.2 * leastBytes(placed));
        List<Buffer> blocks = Arena.place(stretches, LAUNCHES, true);
        assertThat((double) Arena.bytes(blocks)).isLessThanOrEqualTo(2.0 * leastBytes(blocks));
    }

    /// Sizes as in a transformer: a few that return again and again, an occasional large one.
    private static Placement.Stretch passing(Random r, int from, int to) {
        long[] sizes = {64 << 10, 64 << 10, 192 << 10, 256 << 10, 1 << 10, 512 << 10};
        return new Placement.Stretch(Category.ACTIVATION, DType.F32, sizes[r.nextInt(sizes.length)], from, to);
    }

    /// What lives at the fullest moment: no placement needs less.
    private static long leastBytes(List<Buffer> buffers) {
        return IntStream.range(0, UNITS)
                .mapToLong(now -> buffers.stream()
                        .filter(b -> b.from() <= now && now <= b.to())
                        .mapToLong(b -> Math.ceilDiv(b.bytes(), (long) Plan.ALIGNMENT) * Plan.ALIGNMENT)
                        .sum())
                .max()
                .orElse(0);
    }
}
