package dagrad.data;

import java.util.Arrays;
import java.util.Random;

/// Orders of examples that follow from a seed and a number alone: the same on every machine and in every Java, since
/// [Random] is specified to the bit.
final class Order {
    /// The number of the order that data sets are split by; epochs are numbered from 0.
    static final long SPLIT = -1;

    private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L;

    private Order() {}

    static int[] identity(int size) {
        int[] order = new int[size];
        Arrays.setAll(order, i -> i);
        return order;
    }

    /// Shuffles in place (Fisher and Yates).
    ///
    /// @param number one of the seed's orders
    static void shuffle(int[] order, long seed, long number) {
        Random random = new Random(seed ^ (number + 1) * GOLDEN_RATIO);
        for (int i = order.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int held = order[i];
            order[i] = order[j];
            order[j] = held;
        }
    }
}
