package dagrad.flight;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// Kernels while they are compiled for a GPU.
@Name("dagrad.Compile")
@Label("Kernel Compilation")
@Category("Dagrad")
@StackTrace(false)
public final class CompileEvent extends Event {
    @Label("Unit")
    String unit = "";

    /// An event that begins now.
    public static CompileEvent begun() {
        CompileEvent event = new CompileEvent();
        event.begin();
        return event;
    }

    /// Ends the event and keeps it, if it is recorded.
    public void done(String name) {
        unit = name;
        commit();
    }
}
