package dagrad.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// Layouts against lists of elements: a walk is what it reads, element by element.
class LayoutTest {
    private static final int LARGEST = 1500;

    /// A layout with what it must read at each index in row-major order (-1: the fill).
    private record Walk(Layout layout, List<Integer> elements) {
        static Walk dense(Shape shape) {
            return new Walk(
                    Layout.dense(shape),
                    IntStream.range(0, (int) shape.size()).boxed().toList());
        }

        Shape shape() {
            return layout.shape();
        }

        int at(int... index) {
            int place = 0;
            for (int i = 0; i < index.length; i++) {
                place = place * shape().dim(i) + index[i];
            }
            return elements.get(place);
        }

        /// Another layout, and what it must read.
        Walk to(Layout next, ToIntFunction<int[]> element) {
            return new Walk(
                    next,
                    indices(next.shape()).stream().mapToInt(element).boxed().toList());
        }

        void check() {
            assertThat(read(layout)).as("%s", layout).isEqualTo(elements);
            assertThat(layout.masked())
                    .as("%s", layout)
                    .isEqualTo(elements.stream().anyMatch(e -> e < 0));
            List<Long> seen = elements.stream()
                    .filter(e -> e >= 0)
                    .map(Integer::longValue)
                    .sorted()
                    .toList();
            Optional<long[]> extent = layout.extent();
            assertThat(extent.isPresent()).isEqualTo(!seen.isEmpty());
            extent.ifPresent(e -> assertThat(e).containsExactly(seen.getFirst(), seen.getLast()));
        }
    }

    private static List<int[]> indices(Shape shape) {
        List<int[]> result = new ArrayList<>();
        for (int i = 0; i < shape.size(); i++) {
            int[] index = new int[shape.rank()];
            int rest = i;
            for (int axis = index.length - 1; axis >= 0; axis--) {
                index[axis] = rest % shape.dim(axis);
                rest /= shape.dim(axis);
            }
            result.add(index);
        }
        return result;
    }

    private static List<Integer> read(Layout layout) {
        return indices(layout.shape()).stream()
                .map(i -> (int) layout.element(i))
                .toList();
    }

    // ---- chains of views ------------------------------------------------------------------------------------------

    @Provide
    Arbitrary<List<Integer>> programs() {
        return Arbitraries.integers().list().ofMaxSize(8);
    }

    /// Whatever views follow each other, the layout reads what they do.
    @Property(tries = 1000)
    void readsWhatTheViewsRead(@ForAll("programs") List<Integer> program) {
        Walk walk = Walk.dense(Shape.of(4, 6, 2));
        walk.check();
        for (int code : program) {
            walk = step(walk, new Random(code));
            walk.check();
        }
    }

    /// A reshape reads the same, and is refused only where no strides would do.
    @Property(tries = 1000)
    void reshapesWhereverStridesCan(@ForAll("programs") List<Integer> program, @ForAll int code) {
        Walk walk = Walk.dense(Shape.of(4, 6, 2));
        for (int c : program) {
            walk = step(walk, new Random(c));
        }
        Shape shape = factors(walk.shape(), new Random(code));
        Optional<Layout> reshaped = walk.layout().reshape(shape);
        if (reshaped.isPresent()) {
            assertThat(reshaped.get().shape()).isEqualTo(shape);
            new Walk(reshaped.get(), walk.elements()).check();
        }
        if (!walk.layout().masked() && hasStrides(walk.elements(), shape)) {
            assertThat(reshaped).as("%s to %s", walk.layout(), shape).isPresent();
        }
    }

    /// Whether elements in row-major order are evenly spaced along every axis of a shape.
    private static boolean hasStrides(List<Integer> elements, Shape shape) {
        long[] dense = shape.strides();
        return indices(shape).stream().allMatch(index -> {
            int place = 0;
            int expected = elements.getFirst();
            for (int axis = 0; axis < index.length; axis++) {
                place += (int) (index[axis] * dense[axis]);
                expected +=
                        index[axis] == 0 ? 0 : index[axis] * (elements.get((int) dense[axis]) - elements.getFirst());
            }
            return elements.get(place) == expected;
        });
    }

    private static Walk step(Walk x, Random r) {
        return switch (r.nextInt(6)) {
            case 0 -> permuted(x, r);
            case 1 -> sliced(x, r);
            case 2 -> stretched(x, r);
            case 3 -> padded(x, r);
            case 4 -> unfolded(x, r);
            default ->
                x.layout()
                        .reshape(factors(x.shape(), r))
                        .map(layout -> new Walk(layout, x.elements()))
                        .orElse(x);
        };
    }

    private static Walk permuted(Walk x, Random r) {
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, x.shape().rank()).boxed().toList());
        Collections.shuffle(order, r);
        return x.to(x.layout().permute(order), index -> {
            int[] source = new int[index.length];
            for (int i = 0; i < index.length; i++) {
                source[order.get(i)] = index[i];
            }
            return x.at(source);
        });
    }

    private static Walk sliced(Walk x, Random r) {
        List<Integer> from = new ArrayList<>();
        List<Integer> to = new ArrayList<>();
        for (int n : x.shape().dims()) {
            int a = r.nextInt(n + 1);
            int b = r.nextInt(n + 1);
            from.add(Math.min(a, b));
            to.add(a == b && r.nextInt(10) > 0 ? n : Math.max(a, b));
        }
        return x.to(x.layout().slice(from, to), index -> x.at(shifted(index, from)));
    }

    private static int[] shifted(int[] index, List<Integer> by) {
        return IntStream.range(0, index.length).map(i -> index[i] + by.get(i)).toArray();
    }

    private static Walk stretched(Walk x, Random r) {
        Shape to = x.shape();
        for (int i = 0; i < to.rank(); i++) {
            to = to.dim(i) == 1 ? to.with(i, 1 + r.nextInt(3)) : to;
        }
        if (to.size() > LARGEST) {
            return x;
        }
        return x.to(
                x.layout().broadcast(to),
                index -> x.at(IntStream.range(0, index.length)
                        .map(i -> x.shape().dim(i) == 1 ? 0 : index[i])
                        .toArray()));
    }

    private static Walk padded(Walk x, Random r) {
        List<Integer> low = new ArrayList<>();
        List<Integer> high = new ArrayList<>();
        for (int i = 0; i < x.shape().rank(); i++) {
            low.add(r.nextInt(3) / 2);
            high.add(r.nextInt(3) / 2);
        }
        List<Integer> back = low.stream().map(n -> -n).toList();
        return x.layout()
                .pad(low, high, 0)
                .filter(layout -> layout.shape().size() <= LARGEST)
                .map(layout -> x.to(layout, index -> {
                    int[] source = shifted(index, back);
                    boolean inside = IntStream.range(0, source.length)
                            .allMatch(
                                    i -> source[i] >= 0 && source[i] < x.shape().dim(i));
                    return inside ? x.at(source) : -1;
                }))
                .orElse(x);
    }

    private static Walk unfolded(Walk x, Random r) {
        if (x.shape().rank() == 0 || x.shape().size() == 0) {
            return x;
        }
        int axis = r.nextInt(x.shape().rank());
        int n = x.shape().dim(axis);
        int inner = 1 + r.nextInt(Math.min(3, n));
        return x.layout()
                .unfold(axis, n - inner + 1, 1, inner, 1)
                .filter(layout -> layout.shape().size() <= LARGEST)
                .map(layout -> x.to(layout, index -> {
                    int[] source = Arrays.copyOf(index, index.length - 1);
                    source[axis] += index[index.length - 1];
                    return x.at(source);
                }))
                .orElse(x);
    }

    /// Another shape of the same size.
    private static Shape factors(Shape shape, Random r) {
        if (shape.size() == 0) {
            return Shape.of(3, 0);
        }
        List<Integer> dims = new ArrayList<>();
        int rest = (int) shape.size();
        while (rest > 1) {
            int n = rest;
            List<Integer> divisors =
                    IntStream.rangeClosed(2, n).filter(d -> n % d == 0).boxed().toList();
            int d = divisors.get(r.nextInt(divisors.size()));
            dims.add(d);
            rest /= d;
        }
        if (r.nextBoolean()) {
            dims.add(r.nextInt(dims.size() + 1), 1);
        }
        return new Shape(dims);
    }

    // ---- examples -------------------------------------------------------------------------------------------------

    @Example
    void aTransposeIsNoVectorButItsRowsCanBeSplit() {
        Layout transposed = Layout.dense(Shape.of(3, 4)).permute(List.of(1, 0));
        assertThat(transposed.reshape(Shape.of(12))).isEmpty();
        assertThat(transposed.reshape(Shape.of(2, 2, 3)).orElseThrow().strides())
                .containsExactly(2L, 1L, 4L);
    }

    @Example
    void aMarginOfAnotherValueWantsACopy() {
        Layout padded = Layout.dense(Shape.of(3)).pad(List.of(1), List.of(1), 0).orElseThrow();
        assertThat(padded.pad(List.of(1), List.of(0), 1)).isEmpty();
        assertThat(padded.pad(List.of(1), List.of(0), 0).orElseThrow().valid()).containsExactly(new Layout.Range(2, 5));
    }

    @Example
    void anAxisOfExtentOneMakesNoDifference() {
        Layout moved = Layout.dense(Shape.of(2, 1, 5, 3)).permute(List.of(1, 0, 2, 3));
        assertThat(moved).isEqualTo(Layout.dense(Shape.of(1, 2, 5, 3)));
        Layout apart = Layout.dense(Shape.of(2, 1, 5, 3)).slice(List.of(0, 0, 0, 0), List.of(2, 1, 5, 2));
        assertThat(apart.permute(List.of(1, 0, 2, 3))).isNotEqualTo(Layout.dense(Shape.of(1, 2, 5, 2)));
    }

    /// An empty slice at the far end reads nothing, and reads it within the slot.
    @Example
    void anEmptySliceLiesAtTheStart() {
        assertThat(Layout.dense(Shape.of(2, 3))
                        .slice(List.of(2, 1), List.of(2, 2))
                        .offset())
                .isZero();
    }
}
