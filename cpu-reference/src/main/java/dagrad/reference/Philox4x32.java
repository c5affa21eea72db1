package dagrad.reference;

/// Philox 4x32-10: ten rounds on a counter of four words under a key of two (Salmon, Moraes, Dror, Shaw, "Parallel
/// random numbers: as easy as 1, 2, 3", SC 2011, section 3.3 and table 2).
final class Philox4x32 {
    private static final long MULTIPLIER_0 = 0xD2511F53L;
    private static final long MULTIPLIER_1 = 0xCD9E8D57L;
    // The first 32 bits of the golden ratio and of sqrt(3) - 1, added to the key after each round.
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;

    private Philox4x32() {}

    /// The four random words of a block.
    static int[] block(int[] counter, int key0, int key1) {
        int[] c = counter.clone();
        for (int round = 0; round < 10; round++) {
            long product0 = MULTIPLIER_0 * Integer.toUnsignedLong(c[0]);
            long product1 = MULTIPLIER_1 * Integer.toUnsignedLong(c[2]);
            int k0 = key0 + round * WEYL_0;
            int k1 = key1 + round * WEYL_1;
            c = new int[] {
                (int) (product1 >>> 32) ^ c[1] ^ k0, (int) product1, (int) (product0 >>> 32) ^ c[3] ^ k1, (int) product0
            };
        }
        return c;
    }

    /// Element `i` of a draw as [dagrad.graph.Philox] documents it: in [0, 1), a multiple of 2^-24.
    static double uniform(long i, int key0, int key1, int step, int stream) {
        long block = i / 4;
        int[] words = block(new int[] {(int) block, (int) (block >>> 32), step, stream}, key0, key1);
        return (words[(int) (i % 4)] >>> 8) * 0x1p-24;
    }
}
