package dagrad.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ExamplesTest {
    /// Example i is x = (i, i + 0.5), y = 10 i.
    static Examples numbered(int size) {
        HostTensor x = HostTensor.zeros(TensorSpec.f32(size, 2));
        HostTensor y = HostTensor.zeros(TensorSpec.i32(size));
        for (int i = 0; i < size; i++) {
            x.set(2L * i, i);
            x.set(2L * i + 1, i + 0.5);
            y.set(i, 10 * i);
        }
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        tensors.put("x", x);
        tensors.put("y", y);
        return Examples.ofTensors(tensors);
    }

    /// The numbers of the examples in a batch, whose inputs must belong together.
    static List<Integer> numbers(Map<String, HostTensor> batch) {
        List<Integer> numbers = new ArrayList<>();
        int[] y = batch.get("y").ints();
        float[] x = batch.get("x").floats();
        assertThat(x).hasSize(2 * y.length);
        for (int i = 0; i < y.length; i++) {
            assertThat(x[2 * i]).isEqualTo(y[i] / 10f);
            assertThat(x[2 * i + 1]).isEqualTo(y[i] / 10f + 0.5f);
            numbers.add(y[i] / 10);
        }
        return numbers;
    }

    static List<Integer> numbers(Examples examples) {
        List<Integer> numbers = new ArrayList<>();
        examples.inOrder(7).forEach(batch -> numbers.addAll(numbers(batch)));
        return numbers;
    }

    @Test
    void batchesInOrderEndWithASmallerOneAndCanBeHadAgain() {
        Iterable<Map<String, HostTensor>> batches = numbered(10).inOrder(4);
        for (int time = 0; time < 2; time++) {
            List<List<Integer>> seen = new ArrayList<>();
            batches.forEach(batch -> seen.add(numbers(batch)));
            assertThat(seen).containsExactly(List.of(0, 1, 2, 3), List.of(4, 5, 6, 7), List.of(8, 9));
        }
        var iterator = numbered(2).inOrder(5).iterator();
        Map<String, HostTensor> batch = iterator.next();
        assertThat(batch.get("x").spec()).isEqualTo(TensorSpec.f32(2, 2));
        assertThat(batch.get("y").spec()).isEqualTo(TensorSpec.i32(2));
        assertThat(iterator.hasNext()).isFalse();
        assertThatThrownBy(iterator::next).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    void selectedExamplesAndTheirSelectionsKeepTheirRows() {
        Examples some = numbered(10).select(7, 3, 5, 3);
        assertThat(numbers(some)).containsExactly(7, 3, 5, 3);
        assertThat(numbers(some.select(2, 0))).containsExactly(5, 7);
        assertThatThrownBy(() -> some.select(4)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Property(tries = 100)
    void partsAreDisjointAndMakeUpTheWhole(
            @ForAll @IntRange(min = 2, max = 200) int size,
            @ForAll @DoubleRange(max = 0.4) double validation,
            @ForAll @DoubleRange(max = 0.4) double test,
            @ForAll long seed) {
        Examples all = numbered(size);
        Assume.that(Math.round(size * validation) + Math.round(size * test) < size);
        Parts<Examples> parts = all.split(seed, validation, test);
        assertThat(parts.validation().size()).isEqualTo((int) Math.round(size * validation));
        assertThat(parts.test().size()).isEqualTo((int) Math.round(size * test));
        List<Integer> joined = new ArrayList<>(numbers(parts.training()));
        joined.addAll(numbers(parts.validation()));
        joined.addAll(numbers(parts.test()));
        assertThat(joined).hasSize(size).containsExactlyInAnyOrderElementsOf(numbers(all));
        assertThat(numbers(all.split(seed, validation, test).test())).isEqualTo(numbers(parts.test()));
    }

    @Test
    void theSeedDecidesWhereAnExampleGoes() {
        List<Integer> all = IntStream.range(0, 1000).boxed().toList();
        List<Integer> one = Parts.of(all, 1, 0.1, 0.1).test();
        assertThat(one).hasSize(100).isNotEqualTo(Parts.of(all, 2, 0.1, 0.1).test());
        assertThat(one.stream().mapToInt(i -> i).average().orElseThrow()).isBetween(400.0, 600.0);
        assertThat(Parts.of(all, 1, 0.3, 0.1).test()).as("the test part stays").isEqualTo(one);
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThatThrownBy(() -> Examples.of(Map.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> numbered(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a data set without examples; its columns are [x, y]");
        Map<String, HostTensor> unequal = new LinkedHashMap<>();
        unequal.put("x", HostTensor.of(new float[2], 2));
        unequal.put("y", HostTensor.of(new float[3], 3));
        assertThatThrownBy(() -> Examples.ofTensors(unequal))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the columns have different numbers of examples: {x=2, y=3}");
        assertThatThrownBy(() -> Column.of(HostTensor.zeros(TensorSpec.f32())))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> numbered(3).inOrder(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a batch has at least 1 example, not 0");
        assertThatThrownBy(() -> numbered(3).split(0, 0.5, 0.5)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> numbered(3).split(0, Double.NaN, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Column.scaled(new byte[5], 1, 2)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void bytesBecomeFloatsInTheBatch() {
        byte[] bytes = {0, 1, 2, 127, (byte) 128, (byte) 255};
        Column column = Column.scaled(bytes, 1 / 255f, 1, 2);
        assertThat(column.size()).isEqualTo(3);
        Map<String, HostTensor> batch = Examples.of(Map.of("x", column))
                .select(2, 0)
                .inOrder(2)
                .iterator()
                .next();
        assertThat(batch.get("x").spec()).isEqualTo(TensorSpec.f32(2, 1, 2));
        assertThat(batch.get("x").floats()).containsExactly(128 / 255f, 1, 0, 1 / 255f);
    }
}
