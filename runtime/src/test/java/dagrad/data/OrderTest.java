package dagrad.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class OrderTest {
    @Property(tries = 300)
    void aNetworkPermutes(@ForAll @IntRange(min = 1, max = 5000) int size, @ForAll long key) {
        Order order = new Order.Network(size, key);
        BitSet seen = new BitSet();
        for (int place = 0; place < size; place++) {
            int example = order.at(place);
            assertThat(example).isBetween(0, size - 1);
            seen.set(example);
        }
        assertThat(seen.cardinality()).isEqualTo(size);
    }

    /// The largest data set there is: different places have different examples, all over the range.
    @Test
    void aNetworkPermutesTwoBillionExamples() {
        Order order = Order.of(Integer.MAX_VALUE, 1, 0);
        assertThat(order).isInstanceOf(Order.Network.class);
        int[] examples = IntStream.range(0, 100_000).map(order::at).toArray();
        assertThat(examples).doesNotHaveDuplicates();
        double mean = IntStream.of(examples).average().orElseThrow() / Integer.MAX_VALUE;
        // The mean of n uniform numbers has a deviation of 1/√(12 n) = 0.0009.
        assertThat(mean).isBetween(0.495, 0.505);
    }

    /// Neighbours in place are no neighbours in number: of pairs in a shuffled order, half ascend and half descend.
    @Test
    void aNetworkShuffles() {
        int size = Order.LARGEST_TABLE + 1;
        Order order = Order.of(size, 7, 3);
        Order other = Order.of(size, 7, 4);
        int ascents = 0;
        int same = 0;
        for (int place = 0; place < 10_000; place++) {
            ascents += order.at(place) < order.at(place + 1) ? 1 : 0;
            same += order.at(place) == other.at(place) ? 1 : 0;
        }
        assertThat(ascents).isBetween(4800, 5200);
        assertThat(same).isLessThan(5);
    }

    @Test
    void fewExamplesAreShuffledInATable() {
        assertThat(Order.of(Order.LARGEST_TABLE, 1, 0)).isInstanceOf(Order.Table.class);
        assertThat(IntStream.range(0, 8).map(Order.of(8, 1, 0)::at)).containsExactly(2, 5, 3, 0, 1, 7, 4, 6);
    }
}
