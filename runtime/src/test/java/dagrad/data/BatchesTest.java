package dagrad.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dagrad.data.Batches.Position;
import dagrad.data.Batches.Rest;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BatchesTest {
    private static List<List<Integer>> take(Batches batches, int count) {
        List<List<Integer>> taken = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            taken.add(ExamplesTest.numbers(batches.next()));
        }
        return taken;
    }

    private static List<Integer> flat(List<List<Integer>> batches) {
        return batches.stream().flatMap(List::stream).toList();
    }

    @Test
    void anEpochHasEachExampleOnceAndEachEpochAnotherOrder() {
        try (Batches batches = ExamplesTest.numbered(100).shuffled(20, 3)) {
            assertThat(batches.batchesPerEpoch()).isEqualTo(5);
            Set<List<Integer>> orders = new HashSet<>();
            for (int epoch = 0; epoch < 4; epoch++) {
                List<Integer> order = flat(take(batches, 5));
                assertThat(order).doesNotHaveDuplicates().hasSize(100);
                orders.add(order);
            }
            assertThat(orders).hasSize(4);
        }
    }

    @Test
    void theSeedDecidesTheOrder() {
        assertThat(firstBatch(3)).isEqualTo(firstBatch(3)).isNotEqualTo(firstBatch(4));
    }

    private static List<Integer> firstBatch(long seed) {
        try (Batches batches = ExamplesTest.numbered(100).shuffled(20, seed)) {
            return ExamplesTest.numbers(batches.next());
        }
    }

    /// The order is part of what a run's seed means, so it must never change.
    @Test
    void theOrderIsThisOne() {
        try (Batches batches = ExamplesTest.numbered(8).shuffled(4, 1)) {
            assertThat(take(batches, 4))
                    .containsExactly(
                            List.of(2, 5, 3, 0), List.of(1, 7, 4, 6), List.of(6, 5, 1, 2), List.of(4, 0, 7, 3));
        }
    }

    @Test
    void aRestIsDroppedOrASmallerBatch() {
        Examples ten = ExamplesTest.numbered(10);
        try (Batches dropped = new Batches(ten, 4, 0, Rest.DROPPED, Position.START);
                Batches smaller = new Batches(ten, 4, 0, Rest.SMALLER, Position.START)) {
            assertThat(dropped.batchesPerEpoch()).isEqualTo(2);
            assertThat(smaller.batchesPerEpoch()).isEqualTo(3);
            List<List<Integer>> withoutRest = take(dropped, 4);
            List<List<Integer>> withRest = take(smaller, 6);
            assertThat(withRest).extracting(List::size).containsExactly(4, 4, 2, 4, 4, 2);
            assertThat(flat(withRest.subList(0, 3))).doesNotHaveDuplicates();
            assertThat(withoutRest).containsExactly(withRest.get(0), withRest.get(1), withRest.get(3), withRest.get(4));
        }
    }

    @Property(tries = 100)
    void whoGoesOnFromAPositionGetsTheVeryBatchesThatWouldHaveCome(
            @ForAll @IntRange(min = 1, max = 30) int size,
            @ForAll @IntRange(min = 1, max = 30) int batch,
            @ForAll @IntRange(max = 20) int before,
            @ForAll Rest rest,
            @ForAll long seed) {
        Assume.that(batch <= size || rest == Rest.SMALLER);
        Examples examples = ExamplesTest.numbered(size);
        try (Batches whole = new Batches(examples, batch, seed, rest, Position.START)) {
            take(whole, before);
            Position position = whole.position();
            assertThat(position.epoch()).isEqualTo(before / whole.batchesPerEpoch());
            assertThat(position.index()).isEqualTo(before % whole.batchesPerEpoch() * batch);
            try (Batches resumed = new Batches(examples, batch, seed, rest, position)) {
                assertThat(resumed.position()).isEqualTo(position);
                assertThat(take(resumed, 10)).isEqualTo(take(whole, 10));
                assertThat(resumed.position()).isEqualTo(whole.position());
            }
        }
    }

    @Test
    void aBatchStaysAsItIsUntilTheNextIsAskedFor() throws InterruptedException {
        try (Batches batches = ExamplesTest.numbered(64).shuffled(8, 0)) {
            for (int i = 0; i < 20; i++) {
                Map<String, HostTensor> batch = batches.next();
                List<Integer> before = ExamplesTest.numbers(batch);
                Thread.sleep(2); // time enough for the other thread to do harm
                assertThat(ExamplesTest.numbers(batch)).isEqualTo(before);
            }
        }
    }

    @Test
    void theMemoryOfTwoBatchesIsUsedInTurns() {
        try (Batches batches = ExamplesTest.numbered(64).shuffled(8, 0)) {
            Map<String, HostTensor> first = batches.next();
            Map<String, HostTensor> second = batches.next();
            assertThat(first.get("x")).isNotSameAs(second.get("x"));
            for (int i = 0; i < 50; i++) {
                assertThat(batches.next()).isSameAs(i % 2 == 0 ? first : second);
            }
        }
    }

    @Test
    void takingBatchesAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Batches batches = ExamplesTest.numbered(10_000).shuffled(100, 0)) {
            for (int i = 0; i < 200; i++) {
                batches.next();
            }
            long maker = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("dagrad-batches"))
                    .mapToLong(Thread::threadId)
                    .max()
                    .orElseThrow();
            long before = threads.getThreadAllocatedBytes(maker);
            long beforeHere = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1000; i++) {
                batches.next();
            }
            assertThat(threads.getCurrentThreadAllocatedBytes() - beforeHere).isLessThan(10_000);
            // Ten epochs' random generators; a batch's tensors would be 1.2 MB in all.
            assertThat(threads.getThreadAllocatedBytes(maker) - before).isLessThan(100_000);
        }
    }

    @Test
    void aFailureOfTheOtherThreadIsToldHere() {
        Column broken = new Column() {
            @Override
            public TensorSpec example() {
                return TensorSpec.f32();
            }

            @Override
            public int size() {
                return 5;
            }

            @Override
            public void gather(int[] examples, int from, int to, HostTensor into) {
                throw new IllegalStateException("a broken column");
            }
        };
        try (Batches batches = Examples.of(Map.of("x", broken)).shuffled(2, 0)) {
            assertThatThrownBy(batches::next)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("a broken column")
                    .hasCauseInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void closingEndsTheThread() {
        Batches batches = ExamplesTest.numbered(5).shuffled(2, 0);
        batches.next();
        batches.close();
        batches.close();
        assertThatThrownBy(batches::next)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the batches are closed");
    }

    @Test
    void whatCannotBeIsRefused() {
        Examples ten = ExamplesTest.numbered(10);
        assertThatThrownBy(() -> ten.shuffled(11, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a batch of 11 examples from a data set of 10: choose a smaller batch");
        assertThatThrownBy(() -> ten.shuffled(0, 0)).hasMessage("a batch has at least 1 example, not 0");
        assertThatThrownBy(() -> new Batches(ten, 4, 0, Rest.DROPPED, new Position(0, 3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "no batch of 4 begins after 3 of 10 examples; go on with the batch size and the data that the"
                                + " position is from");
        for (int index : new int[] {8, 12}) {
            assertThatThrownBy(() -> new Batches(ten, 4, 0, Rest.DROPPED, new Position(0, index)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("no batch of 4 begins after " + index + " of 10 examples");
        }
        assertThatThrownBy(() -> new Position(-1, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
