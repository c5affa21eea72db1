package dagrad.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/// Arrays that the launches of an executable work with beside their operands. All are handed out while a plan is loaded.
/// Launches run one after the other, so most arrays serve many of them.
final class Scratch {
    /// Elements of a tile: few enough that those of one launch stay in the nearest cache.
    static final int TILE = 2048;

    private final int workers;
    private final FloatMath.Bits[] bits;
    private final Lent<float[]> floats = new Lent<>();
    private final Lent<int[]> integers = new Lent<>();
    private long bytes;

    /// Arrays of one type, by length.
    private static final class Lent<A> {
        private final Map<Integer, List<A>> made = new HashMap<>();
        private final Map<Integer, Integer> taken = new HashMap<>();

        A take(int length, IntFunction<A> maker) {
            List<A> all = made.computeIfAbsent(length, _ -> new ArrayList<>());
            int number = taken.merge(length, 1, Integer::sum);
            if (number > all.size()) {
                all.add(maker.apply(length));
            }
            return all.get(number - 1);
        }
    }

    Scratch(int workers) {
        this.workers = workers;
        bits = new FloatMath.Bits[workers];
        for (int i = 0; i < workers; i++) {
            bits[i] = new FloatMath.Bits(TILE);
            bytes += 2L * Integer.BYTES * TILE;
        }
    }

    /// How many threads there are; each needs arrays of its own.
    int workers() {
        return workers;
    }

    /// Of all arrays that were made.
    long bytes() {
        return bytes;
    }

    /// What was lent so far is lent again.
    void nextLaunch() {
        floats.taken.clear();
        integers.taken.clear();
    }

    /// An array that is the launch's while it runs. It holds anything, and at first what is no number.
    float[] floats(int length) {
        return floats.take(length, size -> {
            float[] array = kept(size);
            Arrays.fill(array, Float.NaN);
            return array;
        });
    }

    /// Some such arrays.
    float[][] floats(int number, int length) {
        float[][] arrays = new float[number][];
        Arrays.setAll(arrays, _ -> floats(length));
        return arrays;
    }

    /// An array that is the launch's while it runs. It holds anything.
    int[] integers(int length) {
        return integers.take(length, size -> {
            int[] array = keptIntegers(size);
            Arrays.fill(array, Integer.MIN_VALUE);
            return array;
        });
    }

    /// The same as floats and as bytes, for [Blas].
    Dense dense(int length) {
        return Dense.of(floats(length));
    }

    /// Zeros that stay the launch's from run to run.
    float[] kept(int length) {
        bytes += (long) Float.BYTES * length;
        return new float[length];
    }

    /// Some such arrays.
    float[][] kept(int number, int length) {
        float[][] arrays = new float[number][];
        Arrays.setAll(arrays, _ -> kept(length));
        return arrays;
    }

    /// Zeros that stay the launch's from run to run.
    int[] keptIntegers(int length) {
        bytes += (long) Integer.BYTES * length;
        return new int[length];
    }

    FloatMath.Bits bits(int worker) {
        return bits[worker];
    }
}
