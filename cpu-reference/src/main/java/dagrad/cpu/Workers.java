package dagrad.cpu;

import java.util.concurrent.atomic.AtomicInteger;
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
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger busy = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private Chunk work = (_, _) -> {};
    private int chunks;
    private volatile int round;
    private volatile boolean closed;

    /// @param count number of threads, the caller included
    Workers(int count) {
        threads = new Thread[count - 1];
        for (int i = 0; i < threads.length; i++) {
            int worker = i + 1;
            threads[i] = Thread.ofPlatform()
                    .daemon()
                    .name("dagrad-cpu-" + worker)
                    .start(() -> serve(worker));
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
        round++;
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
        }
        drain(0);
        while (busy.get() > 0) {
            Thread.onSpinWait();
        }
        Throwable failed = failure.getAndSet(null);
        if (failed != null) {
            throw failed instanceof Error e ? e : (RuntimeException) failed;
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
            for (int spins = 0; round == seen && !closed; spins++) {
                if (spins < SPINS) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
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

    @Override
    public void close() {
        closed = true;
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
        }
    }
}
