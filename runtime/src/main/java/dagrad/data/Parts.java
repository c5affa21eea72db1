package dagrad.data;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// A data set in three parts: what is trained on, what training is watched by, and what is looked at once, at the end.
/// Which example goes where depends on the seed and the number of examples alone.
public record Parts<T>(T training, T validation, T test) {
    /// Parts of things that belong together, such as texts that several examples come from.
    ///
    /// @param validation share of all, from 0 to 1
    /// @param test share of all, from 0 to 1
    /// @throws IllegalArgumentException if nothing is left for training
    public static <E> Parts<List<E>> of(List<E> all, long seed, double validation, double test) {
        Parts<int[]> numbers = of(all.size(), seed, validation, test);
        return new Parts<>(select(all, numbers.training), select(all, numbers.validation), select(all, numbers.test));
    }

    private static <E> List<E> select(List<E> all, int[] numbers) {
        return Arrays.stream(numbers).<E>mapToObj(all::get).toList();
    }

    /// Parts of the numbers from 0 to `size - 1`, each in ascending order.
    public static Parts<int[]> of(int size, long seed, double validation, double test) {
        if (!(validation >= 0 && test >= 0)) {
            throw new IllegalArgumentException(
                    "shares of a data set are numbers from 0 to 1, not " + validation + " and " + test);
        }
        int first = (int) Math.round(size * Math.min(1, test));
        int second = first + (int) Math.round(size * Math.min(1, validation));
        if (second >= size) {
            throw new IllegalArgumentException("of " + size + " examples, none is left for training if shares of "
                    + validation + " and " + test + " are for validation and test");
        }
        Order order = Order.of(size, seed, Order.SPLIT);
        return new Parts<>(sorted(order, second, size), sorted(order, first, second), sorted(order, 0, first));
    }

    private static int[] sorted(Order order, int from, int to) {
        return IntStream.range(from, to).map(order::at).sorted().toArray();
    }
}
