package dagrad.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/// A fixed set of threads, the caller among them, that work through numbered chunks together. Which thread takes a
/// chunk varies from run to run; so a chunk's result must depend on its number alone, never on the worker.
///
/// An idle worker spins for about 150 µs before it sleeps: launches follow each other faster than that, and waking a
/// thread costs about 60 µs (on two Zen 3 cores; one that spins answers in 0.2 µs). Nobody waits for a worker that
/// comes too late: a run ends when its chunks have.
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
    /// The number of the round in the upper half, how many chunks are left in the lower. A chunk is taken by counting
    /// down, which fails if anything has changed; so whoever takes one has read the work and length of its own round.
    /// Nothing is left of a round that has ended: counting up to a length that is read beside would not be safe, as a
    /// worker that is late could read the next round's.
    private final AtomicLong ticket = new AtomicLong();
    private final AtomicInteger done = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private Chunk work = (_, _) -> {};
    private int chunks;
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

    /// Runs all chunks and returns when the last has ended; rethrows the first failure. Called by one thread at a
    /// time, and not from within a chunk.
    void run(int chunkCount, Chunk body) {
        if (chunkCount <= 1 || threads.length == 0) {
            for (int i = 0; i < chunkCount; i++) {
                body.run(i, 0);
            }
            return;
        }
        work = body;
        chunks = chunkCount;
        done.set(0);
        int round = (int) (ticket.get() >>> 32) + 1;
        ticket.set((long) round << 32 | chunkCount);
        for (int i = 0; i < Math.min(threads.length, chunkCount - 1); i++) {
            if (parked.get(i) != 0) {
                LockSupport.unpark(threads[i]);
            }
        }
        drain(round, 0);
        while (done.get() < chunkCount) {
            Thread.onSpinWait();
        }
        rethrow();
    }

    private void rethrow() {
        if (failure.get() != null) {
            switch (failure.getAndSet(null)) {
                case null -> {}
                case Error e -> throw e;
                case RuntimeException e -> throw e;
                case Throwable e -> throw new IllegalStateException(e);
            }
        }
    }

    /// Takes chunks of a round until there are none.
    private void drain(int round, int worker) {
        while (true) {
            long now = ticket.get();
            Chunk body = work;
            int left = (int) now;
            int chunk = chunks - left;
            if ((int) (now >>> 32) != round || left == 0) {
                return;
            }
            if (ticket.compareAndSet(now, now - 1)) {
                try {
                    body.run(chunk, worker);
                } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                }
                done.incrementAndGet();
            }
        }
    }

    private void serve(int worker) {
        int seen = 0;
        while (!closed) {
            int round = (int) (ticket.get() >>> 32);
            for (int spins = 0; round == seen && !closed; spins++) {
                if (spins < SPINS) {
                    Thread.onSpinWait();
                } else {
                    sleep(worker, seen);
                }
                round = (int) (ticket.get() >>> 32);
            }
            seen = round;
            drain(round, worker);
        }
    }

    /// Sleeps unless a round has begun; the flag is up before the last look, so no wake-up is missed.
    private void sleep(int worker, int seen) {
        parked.set(worker - 1, 1);
        if ((int) (ticket.get() >>> 32) == seen && !closed) {
            LockSupport.park(this);
        }
        parked.set(worker - 1, 0);
    }

    /// Ends the threads and waits for them.
    @Override
    public void close() {
        closed = true;
        boolean interrupted = false;
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
