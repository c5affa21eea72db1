package dagrad.models.bench;

import dagrad.tensor.HostTensor;

/// Numbers that any language can make alike: number `i` of stream `s` is the finalizer of splitmix64 (Steele, Lea &
/// Flood, "Fast splittable pseudorandom number generators", 2014) over a counter.
final class SeededNumbers {
    private SeededNumbers() {}

    /// 24 random bits, in [0, 1).
    static float unit(long stream, long i) {
        long z = stream * 0xD1342543DE82EF95L + (i + 1) * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return ((z ^ (z >>> 31)) >>> 40) * 0x1p-24f;
    }

    /// In [-bound, bound).
    static void uniform(long stream, float bound, float[] into, int from, int count) {
        for (int i = 0; i < count; i++) {
            into[from + i] = (unit(stream, i) * 2 - 1) * bound;
        }
    }

    static float[] uniform(long stream, int count, float bound) {
        float[] result = new float[count];
        uniform(stream, bound, result, 0, count);
        return result;
    }

    /// Normal with mean 0, by the Box-Muller transform in double precision.
    static float[] normal(long stream, int count, double deviation) {
        float[] result = new float[count];
        for (int i = 0; i < count; i++) {
            double radius = Math.sqrt(-2 * Math.log(1 - (double) unit(stream, 2L * i)));
            result[i] = (float) (deviation * radius * Math.cos(2 * Math.PI * unit(stream, 2L * i + 1)));
        }
        return result;
    }

    /// In 0..bound-1.
    static int[] integers(long stream, int count, int bound) {
        int[] result = new int[count];
        for (int i = 0; i < count; i++) {
            result[i] = (int) ((double) unit(stream, i) * bound);
        }
        return result;
    }

    /// i32[rows, length]: the first row takes `length + 1` numbers of stream 1, the next ones those after; each skips
    /// the first `shift` of its own.
    static HostTensor text(int rows, int length, int bound, int shift) {
        int[] all = integers(1, rows * (length + 1), bound);
        int[] result = new int[rows * length];
        for (int i = 0; i < rows; i++) {
            System.arraycopy(all, i * (length + 1) + shift, result, i * length, length);
        }
        return HostTensor.of(result, rows, length);
    }
}
