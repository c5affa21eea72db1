package dagrad.data;

import dagrad.io.FileException;
import dagrad.io.FormatException;
import dagrad.tensor.HostTensor;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Endless batches for training. Each epoch has all examples once, in an order of its own that follows from the seed
/// and the epoch's number alone; so a position is two numbers, and whoever goes on from one gets the very batches that
/// would have come.
///
/// While a batch is used, a thread fills the next one. There are two batches of memory, used in turns: **a batch is
/// valid until the next one is asked for**, and nothing is allocated for it. Used by one thread.
///
/// ```java
/// try (Batches batches = examples.shuffled(128, seed)) {
///     trainer.train(batches, validation.inOrder(1000));
/// }
/// ```
public final class Batches implements BatchSource, AutoCloseable {
    /// What becomes of an epoch's last examples if they are too few for a batch.
    public enum Rest {
        /// They are left out of this epoch. Others are in the next.
        DROPPED,
        /// They are a smaller batch.
        SMALLER
    }

    /// The start of a batch.
    ///
    /// @param epoch from 0
    /// @param index how many of the epoch's examples have been
    public record Position(long epoch, int index) {
        public static final Position START = new Position(0, 0);

        /// @throws IllegalArgumentException if a number is negative
        public Position {
            if (epoch < 0 || index < 0) {
                throw new IllegalArgumentException(
                        "no position in a data set has a negative number: epoch " + epoch + ", example " + index);
            }
        }
    }

    /// A batch's memory, what is in it now, and where the batch after it begins.
    private static final class Slot {
        private final BatchBuffers buffers;
        private Map<String, HostTensor> batch = Map.of();
        private long nextEpoch;
        private int nextIndex;

        private Slot(BatchBuffers buffers) {
            this.buffers = buffers;
        }

        private Position next() {
            return new Position(nextEpoch, nextIndex);
        }
    }

    private final Examples examples;
    private final int size;
    private final int batch;
    private final long seed;
    private final Rest rest;
    private final Slot[] slots;
    private final Thread thread;
    private final Position start;

    // Guarded by this object's monitor. Batch number n is in slot n mod 2.
    private long filled;
    private long taken;
    private boolean closed;
    private @Nullable Throwable failure;

    /// Goes on from a position.
    ///
    /// @throws IllegalArgumentException if the batch is empty, the rest is dropped and nothing remains, or no batch of
    ///     that size begins at the position
    public Batches(Examples examples, int batch, long seed, Rest rest, Position start) {
        BatchBuffers.requireBatch(batch);
        this.examples = examples;
        this.size = examples.size();
        if (batch > size && (rest == Rest.DROPPED || size == 0)) {
            throw new IllegalArgumentException(
                    "a batch of " + batch + " examples from a data set of " + size + ": choose a smaller batch");
        }
        int least = rest == Rest.DROPPED ? batch : 1;
        if (start.index() > size - least || start.index() % batch != 0) {
            throw new IllegalArgumentException("no batch of " + batch + " begins after " + start.index() + " of " + size
                    + " examples; go on with the batch size and the data that the position is from");
        }
        this.batch = Math.min(batch, size);
        this.seed = seed;
        this.rest = rest;
        this.start = start;
        this.slots = new Slot[] {
            new Slot(new BatchBuffers(examples.columns(), this.batch, size)),
            new Slot(new BatchBuffers(examples.columns(), this.batch, size))
        };
        this.thread = Thread.ofPlatform().daemon().name("dagrad-batches").unstarted(this::fill);
        thread.start();
    }

    /// How many batches an epoch has.
    public int batchesPerEpoch() {
        return rest == Rest.DROPPED ? size / batch : Math.ceilDiv(size, batch);
    }

    @Override
    public synchronized Position position() {
        return taken == 0 ? start : slots[(int) (taken - 1 & 1)].next();
    }

    @Override
    public Map<String, HostTensor> batch(Position position) {
        int end = Math.min(size, position.index() + batch);
        IntUnaryOperator rows = rows(Order.of(size, seed, position.epoch()));
        long chance = Order.key(seed, position.epoch());
        return new BatchBuffers(examples.columns(), batch, size).fill(rows, position.index(), end, chance);
    }

    /// The rows in the columns that the data set is, or is a part of.
    @Override
    public int[] numbers(Position position) {
        return IntStream.range(position.index(), Math.min(size, position.index() + batch))
                .map(rows(Order.of(size, seed, position.epoch())))
                .toArray();
    }

    /// The rows of the columns in an order.
    private IntUnaryOperator rows(Order order) {
        return place -> examples.row(order.at(place));
    }

    /// Always true: there is another epoch.
    @Override
    public boolean hasNext() {
        return true;
    }

    /// The next batch; the one before is not valid any more.
    ///
    /// @throws DataException if a column's data cannot be had
    /// @throws FileException if a column cannot read a file
    /// @throws FormatException if a file of a column is damaged
    /// @throws IllegalStateException if this is closed, or the thread is interrupted while it waits
    @Override
    public synchronized Map<String, HostTensor> next() {
        while (filled == taken && failure == null && !closed) {
            await();
        }
        if (closed) {
            throw new IllegalStateException("the batches are closed");
        }
        if (filled == taken) {
            throw failed();
        }
        taken++;
        notifyAll();
        return slots[(int) (taken - 1 & 1)].batch;
    }

    /// What is wrong with the data is said as the column said it.
    private RuntimeException failed() {
        return switch (failure) {
            case DataException e -> e;
            case FileException e -> e;
            case FormatException e -> e;
            case null, default -> new IllegalStateException("the next batch could not be made: " + failure, failure);
        };
    }

    /// Ends the thread. The last batch is not valid any more.
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // it ends by itself after the batch at hand
        }
    }

    private void fill() {
        try {
            long epoch = start.epoch();
            int index = start.index();
            Order order = Order.of(size, seed, epoch);
            IntUnaryOperator rows = rows(order);
            for (long number = 0; isRoomFor(number); number++) {
                Slot slot = slots[(int) (number & 1)];
                int end = Math.min(size, index + batch);
                slot.batch = slot.buffers.fill(rows, index, end, Order.key(seed, epoch));
                index = end;
                if (index == size || rest == Rest.DROPPED && size - index < batch) {
                    epoch++;
                    index = 0;
                    order = order.again(seed, epoch);
                    rows = rows(order);
                }
                slot.nextEpoch = epoch;
                slot.nextIndex = index;
                hand();
            }
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    /// Waits until the batch two before is not used any more.
    private synchronized boolean isRoomFor(long number) {
        while (number > taken && !closed) {
            await();
        }
        return !closed;
    }

    private synchronized void hand() {
        filled++;
        notifyAll();
    }

    private synchronized void fail(Throwable cause) {
        failure = cause;
        notifyAll();
    }

    @SuppressWarnings("WaitNotInLoop") // the loops are the callers'
    private void await() {
        try {
            wait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a batch", e);
        }
    }
}
