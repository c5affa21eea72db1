package dagrad.data;

/// Random bits that follow from what they are for, without a generator that remembers anything.
public final class Chance {
    private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L;

    private Chance() {}

    /// 64 bits for an example in an epoch.
    ///
    /// @param chance of the epoch, as [Column#gather(int[], int, int, dagrad.tensor.HostTensor, long)] is given it
    /// @param purpose different numbers for different draws about one example
    public static long bits(long chance, int example, int purpose) {
        return mixed(mixed(chance + GOLDEN_RATIO * (1 + purpose)) + GOLDEN_RATIO * (1 + (long) example));
    }

    /// The finalizer of SplitMix64 (Steele, Lea & Flood 2014): every bit depends on every bit.
    private static long mixed(long bits) {
        long x = (bits ^ bits >>> 30) * 0xBF58476D1CE4E5B9L;
        x = (x ^ x >>> 27) * 0x94D049BB133111EBL;
        return x ^ x >>> 31;
    }
}
