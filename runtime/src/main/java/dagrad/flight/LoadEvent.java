package dagrad.flight;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// A plan while it is loaded into a device: memory, code, constants.
@Name("dagrad.Load")
@Label("Plan Loading")
@Category("Dagrad")
@StackTrace(false)
public final class LoadEvent extends Event {
    @Label("Device")
    String device = "";

    @Label("Launches")
    int launches;

    @Label("Arena")
    @DataAmount
    long arena;

    /// An event that begins now.
    public static LoadEvent begun() {
        LoadEvent event = new LoadEvent();
        event.begin();
        return event;
    }

    /// Ends the event and keeps it, if it is recorded.
    ///
    /// @param bytes of the arena
    public void done(String name, int number, long bytes) {
        device = name;
        launches = number;
        arena = bytes;
        commit();
    }
}
