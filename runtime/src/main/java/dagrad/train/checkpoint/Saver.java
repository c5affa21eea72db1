package dagrad.train.checkpoint;

import dagrad.flight.CheckpointEvent;
import dagrad.io.FileException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Writes checkpoints on a thread of its own while training goes on, one at a time. A write that fails leaves the older
/// checkpoints as they were.
public final class Saver implements AutoCloseable {
    private final CheckpointFolder folder;
    private final int keep;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("dagrad-checkpoints").factory());
    private final List<String> failures = new ArrayList<>();
    private Future<?> writing = thread.submit(() -> {});

    /// @param keep how many checkpoints are kept, besides that of the best evaluation
    /// @throws IllegalArgumentException if none would be
    public Saver(CheckpointFolder folder, int keep) {
        CheckpointFolder.requireKept(keep);
        this.folder = folder;
        this.keep = keep;
    }

    /// Whether a state is being written; its memory must not be changed before [#await] returns or this is false.
    public boolean isBusy() {
        return !writing.isDone();
    }

    /// Begins to write a state, once the one before is written.
    public void save(State state) {
        await();
        writing = thread.submit(() -> write(state));
    }

    private void write(State state) {
        CheckpointEvent event = CheckpointEvent.begun();
        boolean saved = false;
        try {
            folder.write(state);
            saved = true;
            folder.prune(state, keep);
        } catch (FileException e) {
            synchronized (failures) {
                failures.add("the checkpoint after step " + state.step() + " could not be saved: " + e.getMessage());
            }
        } finally {
            event.done(state.step(), saved);
        }
    }

    /// What went wrong since this was last asked, in sentences.
    public List<String> takeFailures() {
        synchronized (failures) {
            List<String> taken = List.copyOf(failures);
            failures.clear();
            return taken;
        }
    }

    /// Waits until all is written.
    ///
    /// @throws IllegalStateException if the thread is interrupted while it waits
    public void await() {
        try {
            writing.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a checkpoint could not be written: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a checkpoint was being written", e);
        }
    }

    /// Writes what was begun, and ends the thread.
    @Override
    public void close() {
        thread.close();
    }
}
