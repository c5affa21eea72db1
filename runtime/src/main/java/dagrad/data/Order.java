package dagrad.data;

import java.util.Arrays;
import java.util.Random;

/// An order of examples, the numbers from 0 to size - 1, that follows from a seed and a number alone: the same on every
/// machine and in every Java.
sealed interface Order {
    /// The number of the order that data sets are split by; epochs are numbered from 0.
    long SPLIT = -1;

    /// Up to so many examples (16 MiB) an order is a table.
    int LARGEST_TABLE = 1 << 22;

    /// The example at a place.
    int at(int place);

    /// @param number one of the seed's orders
    static Order of(int size, long seed, long number) {
        return size <= LARGEST_TABLE
                ? Table.shuffled(new int[size], key(seed, number))
                : new Network(size, key(seed, number));
    }

    /// Another order of as many examples, in the memory of this one, which is not valid any more.
    Order again(long seed, long number);

    /// What stands for one of a seed's orders.
    static long key(long seed, long number) {
        return seed ^ (number + 1) * 0x9E3779B97F4A7C15L; // the golden ratio
    }

    /// Shuffled by Fisher and Yates: each order is as likely as any other. [Random] is specified to the bit.
    record Table(int[] order) implements Order {
        private static Table shuffled(int[] order, long key) {
            Arrays.setAll(order, i -> i);
            Random random = new Random(key);
            for (int i = order.length - 1; i > 0; i--) {
                int j = random.nextInt(i + 1);
                int held = order[i];
                order[i] = order[j];
                order[j] = held;
            }
            return new Table(order);
        }

        @Override
        public int at(int place) {
            return order[place];
        }

        @Override
        public Order again(long seed, long number) {
            return shuffled(order, key(seed, number));
        }
    }

    /// Computed for each place, in no memory: a Feistel network, which permutes the numbers of an even number of bits
    /// whatever its round function, applied until the result is below the size (Black & Rogaway, "Ciphers with
    /// arbitrary finite domains", 2002). That takes less than four rounds of it on average, as the bits are the fewest
    /// that do.
    record Network(int size, long key) implements Order {
        private static final int ROUNDS = 6;

        @Override
        public int at(int place) {
            int half = (33 - Integer.numberOfLeadingZeros(size - 1)) / 2;
            int mask = (1 << half) - 1;
            long x = place;
            do {
                x = permuted(x, half, mask);
            } while (x >= size);
            return (int) x;
        }

        @Override
        public Order again(long seed, long number) {
            return new Network(size, Order.key(seed, number));
        }

        private long permuted(long x, int half, int mask) {
            int left = (int) (x >>> half);
            int right = (int) x & mask;
            for (int round = 0; round < ROUNDS; round++) {
                int next = left ^ (int) (mixed(key + round * 0xD1342543DE82EF95L + right) >>> 32) & mask;
                left = right;
                right = next;
            }
            return (long) left << half | right;
        }

        /// The finalizer of splitmix64 (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", 2014).
        private static long mixed(long z) {
            long once = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
            long twice = (once ^ (once >>> 27)) * 0x94D049BB133111EBL;
            return twice ^ (twice >>> 31);
        }
    }
}
