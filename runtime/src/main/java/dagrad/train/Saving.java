package dagrad.train;

import dagrad.train.checkpoint.Saver;
import dagrad.train.checkpoint.State;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/// When a training is saved.
final class Saving implements AutoCloseable {
    private static final double NANOS = 1e9;

    private final Checkpointing wanted;
    private final LongSupplier nanoTime;
    private final Saver saver;
    private long last;
    private long lastStep = -1;

    Saving(Checkpointing wanted, LongSupplier nanoTime) {
        this.wanted = wanted;
        this.nanoTime = nanoTime;
        this.saver = new Saver(wanted.folder(), wanted.keep());
        this.last = nanoTime.getAsLong();
    }

    Checkpointing wanted() {
        return wanted;
    }

    /// Whether a step that is just done is to be saved for the time's sake. A disk that is slower than that saves less
    /// often.
    boolean isDueAfter(long step) {
        return switch (wanted.cadence()) {
            case Cadence.Steps steps -> step % steps.count() == 0;
            case Cadence.Seconds seconds -> nanoTime.getAsLong() - last >= seconds.count() * NANOS && !saver.isBusy();
        };
    }

    /// The state after that step came from here.
    void goOnFrom(long step) {
        lastStep = step;
    }

    boolean isSaved(long step) {
        return step == lastStep;
    }

    /// Waits until the state saved last is written, so that its memory is free.
    void await() {
        saver.await();
    }

    void save(State state) {
        saver.save(state);
        last = nanoTime.getAsLong();
        lastStep = state.step();
    }

    Map<String, Double> notes() {
        return wanted.notes().get();
    }

    List<String> takeFailures() {
        return saver.takeFailures();
    }

    @Override
    public void close() {
        saver.close();
    }
}
