package dagrad.cpu;

import dagrad.graph.Philox;
import dagrad.plan.Launch;

/// Uniform random numbers, [dagrad.graph.Philox]: Philox 4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random
/// numbers: as easy as 1, 2, 3", SC 2011).
final class PhiloxKernel implements Step {
    /// Blocks of four numbers that one chunk draws.
    private static final int CHUNK = 1 << 11;

    private static final long MULTIPLIER_0 = 0xD2511F53L;
    private static final long MULTIPLIER_1 = 0xCD9E8D57L;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;
    private static final long LOW = 0xFFFFFFFFL;

    private final int[] seed;
    private final int seedStart;
    private final int[] step;
    private final int stepStart;
    private final int stream;
    private final float[] out;
    private final int outStart;
    private final int size;
    private final Workers.Chunk chunk = this::draw;

    PhiloxKernel(Launch.Kernel launch, Philox op, Memory memory) {
        seed = memory.ints(launch.reads().get(0));
        seedStart = memory.start(launch.reads().get(0));
        step = memory.ints(launch.reads().get(1));
        stepStart = memory.start(launch.reads().get(1));
        stream = op.stream();
        out = memory.floats(launch.writes().getFirst());
        outStart = memory.start(launch.writes().getFirst());
        size = Math.toIntExact(op.shape().size());
    }

    @Override
    public void run(Workers workers) {
        workers.run(Math.ceilDiv(size, 4 * CHUNK), chunk);
    }

    private void draw(int number, int worker) {
        int last = Math.min(Math.ceilDiv(size, 4), (number + 1) * CHUNK);
        for (int block = number * CHUNK; block < last; block++) {
            draw(block);
        }
    }

    /// Ten rounds on the counter (block, 0, step, stream), then the upper 24 bits of each word.
    private void draw(int block) {
        int key0 = seed[seedStart];
        int key1 = seed[seedStart + 1];
        int a = block;
        int b = 0;
        int c = step[stepStart];
        int d = stream;
        for (int round = 0; round < 10; round++) {
            long product0 = MULTIPLIER_0 * (a & LOW);
            long product1 = MULTIPLIER_1 * (c & LOW);
            a = (int) (product1 >>> 32) ^ b ^ key0;
            b = (int) product1;
            c = (int) (product0 >>> 32) ^ d ^ key1;
            d = (int) product0;
            key0 += WEYL_0;
            key1 += WEYL_1;
        }
        int i = 4 * block;
        put(i, a);
        put(i + 1, b);
        put(i + 2, c);
        put(i + 3, d);
    }

    private void put(int i, int word) {
        if (i < size) {
            out[outStart + i] = (word >>> 8) * 0x1p-24f;
        }
    }
}
