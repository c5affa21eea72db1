package dagrad.train;

import java.util.function.LongSupplier;

/// How fast steps go, over the last ones.
final class Pace {
    private static final int REMEMBERED = 50;

    private final LongSupplier nanoTime;
    private final long[] durations = new long[REMEMBERED];
    private final long items;
    private long count;
    private long sum;
    private long began;

    /// @param nanoTime a clock
    /// @param items in a step
    Pace(LongSupplier nanoTime, long items) {
        this.nanoTime = nanoTime;
        this.items = items;
    }

    void begin() {
        began = nanoTime.getAsLong();
    }

    void end() {
        long duration = nanoTime.getAsLong() - began;
        int place = (int) (count++ % REMEMBERED);
        sum += duration - durations[place];
        durations[place] = duration;
    }

    double itemsPerSecond() {
        return items * Math.min(count, REMEMBERED) * 1e9 / Math.max(1, sum);
    }
}
