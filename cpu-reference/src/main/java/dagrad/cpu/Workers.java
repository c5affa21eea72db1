package dagrad.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/// A fixed set of threads, the caller among them, that work through numbered chunks together. Which thread takes a
/// chunk varies from run to run; so a chunk's result must depend on its number alone, never on the worker.
///
/// An idle worker spins for about 150 µs before it sleeps: launches follow each other faster than that, and waking a
/// thread costs about 60 µs (on two Zen 3 cores; one that spins answers in 0.2 µs).
final class Workers implements AutoCloseable {
    private static final int SPINS = 5000;

    /// One chunk of work.
    @FunctionalInterface
    interface Chunk {
        /// @param chunk which one
        /// @param worker which thread runs it, 0 for the caller: for scratch memory
        void run(int chunk, int worker);
    }

    private final Thread[] threads;
    private final AtomicIntegerArray parked;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger busy = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private Chunk work = (_, _) -> {};
    private int chunks;
    private final AtomicInteger round = new AtomicInteger();
    private volatile boolean closed;

    /// @param count number of threads, the caller included
    Workers(int count) {
        threads = new Thread[count - 1];
        parked = new AtomicIntegerArray(count - 1);
        for (int i = 0; i < threads.length; i++) {
            int worker = i + 1;
            threads[i] =
                    Thread.ofPlatform().daemon().name("dagrad-cpu-" + worker).start(() -> serve(worker));
        }
    }

    /// Number of threads, the caller included.
    int count() {
        return threads.length + 1;
    }

    /// Runs all chunks and returns when the last has ended; rethrows the first failure. Called by one thread at a time.
    void run(int chunkCount, Chunk body) {
        if (chunkCount <= 1 || threads.length == 0) {
            for (int i = 0; i < chunkCount; i++) {
                body.run(i, 0);
            }
            return;
        }
        work = body;
        chunks = chunkCount;
        next.set(0);
        busy.set(threads.length);
        round.incrementAndGet();
        for (int i = 0; i < threads.length; i++) {
            if (parked.get(i) != 0) {
                LockSupport.unpark(threads[i]);
            }
        }
        drain(0);
        while (busy.get() > 0) {
            Thread.onSpinWait();
        }
        switch (failure.getAndSet(null)) {
            case null -> {}
            case Error e -> throw e;
            case RuntimeException e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    private void drain(int worker) {
        try {
            for (int chunk = next.getAndIncrement(); chunk < chunks; chunk = next.getAndIncrement()) {
                work.run(chunk, worker);
            }
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
        }
    }

    private void serve(int worker) {
        int seen = 0;
        while (true) {
            for (int spins = 0; round.get() == seen && !closed; spins++) {
                if (spins < SPINS) {
                    Thread.onSpinWait();
                } else {
                    sleep(worker, seen);
                }
            }
            if (closed) {
                return;
            }
            seen++;
            drain(worker);
            busy.decrementAndGet();
        }
    }

    /// Sleeps unless a round has begun; the flag is up before the last look, so no wake-up is missed.
    private void sleep(int worker, int seen) {
        parked.set(worker - 1, 1);
        if (round.get() == seen && !closed) {
            LockSupport.park(this);
        }
        parked.set(worker - 1, 0);
    }

    @Override
    public void close() {
        closed = true;
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
        }
    }
}
