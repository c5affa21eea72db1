package dagrad.train;

import dagrad.backend.Executable;
import dagrad.io.Json;
import java.util.Arrays;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// How long each launch of one step took, waited for one by one.
///
/// A training is measured now and then: on a GPU such a step is slower than one whose launches follow each other unwaited
/// for, on the CPU it is not, and the results are the same.
///
/// @param step its number
/// @param seconds of each launch, in the plan's order
record LaunchTimes(long step, double[] seconds) {
    private static final int APART = 8;

    /// Whether a step is measured: the 8th, the 64th, the 512th, and so on, so that the first picture comes soon and the last
    /// one is of a program that the JVM has compiled.
    static boolean areDueAt(long step) {
        long due = APART;
        while (due < step) {
            due *= APART;
        }
        return due == step;
    }

    /// Runs a step.
    ///
    /// @throws dagrad.backend.DeviceException if a launch fails
    static LaunchTimes of(Executable executable, long step) {
        double[] seconds = new double[executable.plan().launches().size()];
        long[] last = {System.nanoTime()};
        executable.run(number -> {
            long now = System.nanoTime();
            seconds[number] = (now - last[0]) / 1e9;
            last[0] = now;
        });
        return new LaunchTimes(step, seconds);
    }

    /// `{"step": 64, "seconds": […]}`
    String toJson() {
        ObjectNode json = Json.mapper().createObjectNode().put("step", step);
        ArrayNode all = json.putArray("seconds");
        Arrays.stream(seconds).forEach(all::add);
        return Json.mapper().writeValueAsString(json) + "\n";
    }
}
