package dagrad.flight;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// A step of a training, with what is read of it; evaluations are not in it.
@Name("dagrad.Step")
@Label("Training Step")
@Category("Dagrad")
@StackTrace(false)
public final class StepEvent extends Event {
    @Label("Step")
    long step;

    @Label("Loss")
    double loss;

    /// An event that begins now.
    public static StepEvent begun() {
        StepEvent event = new StepEvent();
        event.begin();
        return event;
    }

    /// Ends the event and keeps it, if it is recorded.
    public void done(long number, double meanLoss) {
        step = number;
        loss = meanLoss;
        commit();
    }
}
