package dagrad.flight;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// A launch of a plan on the CPU. GPUs run all launches as one.
@Name("dagrad.Launch")
@Label("Launch")
@Category("Dagrad")
@StackTrace(false)
public final class LaunchEvent extends Event {
    @Label("Launch")
    int number;

    @Label("Computes")
    String computes = "";

    /// An event that begins now.
    public static LaunchEvent begun() {
        LaunchEvent event = new LaunchEvent();
        event.begin();
        return event;
    }

    /// Ends the event and keeps it, if it is recorded.
    public void done(int launch, String label) {
        number = launch;
        computes = label;
        commit();
    }
}
