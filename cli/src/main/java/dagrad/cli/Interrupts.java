package dagrad.cli;

import dagrad.train.Trainer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jline.utils.Signals;

/// What a user's Ctrl-C and a system's SIGTERM do: the first one has what is running come to a good end, a training
/// after the step at hand, saved; the second one ends the process at once, as both do where nothing is running yet.
final class Interrupts implements AutoCloseable {
    /// The signals with the exit codes that shells give to who ends by them: 128 and the signal's number.
    private static final Map<String, Integer> SIGNALS = Map.of("INT", 130, "TERM", 143);

    private final Output output;
    private final String remark;
    private final Map<String, Object> before = new LinkedHashMap<>();
    private final List<Runnable> ends = new ArrayList<>();
    private boolean asked;

    /// @param remark what is said at the first one
    Interrupts(Output output, String remark) {
        this.output = output;
        this.remark = remark;
        SIGNALS.forEach((signal, code) -> Optional.ofNullable(Signals.register(signal, () -> interrupt(code)))
                .ifPresent(old -> before.put(signal, old)));
    }

    /// From now on, this is what is stopped.
    synchronized void stops(Trainer trainer) {
        ends(trainer::stop);
    }

    /// From now on, this is done at the first one; it must not wait.
    synchronized void ends(Runnable end) {
        ends.add(end);
    }

    private synchronized void interrupt(int code) {
        if (asked || ends.isEmpty()) {
            Runtime.getRuntime().halt(code);
        }
        asked = true;
        output.remark("\ndagrad: " + remark);
        ends.forEach(Runnable::run);
    }

    @Override
    public void close() {
        before.forEach(Signals::unregister);
    }
}
