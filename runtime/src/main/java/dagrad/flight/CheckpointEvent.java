package dagrad.flight;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// A checkpoint while it is written, on its own thread.
@Name("dagrad.Checkpoint")
@Label("Checkpoint")
@Category("Dagrad")
@StackTrace(false)
public final class CheckpointEvent extends Event {
    @Label("Step")
    long step;

    @Label("Saved")
    boolean saved;

    /// An event that begins now.
    public static CheckpointEvent begun() {
        CheckpointEvent event = new CheckpointEvent();
        event.begin();
        return event;
    }

    /// Ends the event and keeps it, if it is recorded.
    ///
    /// @param isThere whether it could be written
    public void done(long number, boolean isThere) {
        step = number;
        saved = isThere;
        commit();
    }
}
