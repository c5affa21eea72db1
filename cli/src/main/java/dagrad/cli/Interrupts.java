package dagrad.cli;

import dagrad.train.Trainer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jline.utils.Signals;

/// What a user's Ctrl-C and a system's SIGTERM do to a training: the first one has it end after the step at hand, saved;
/// the second one ends the process at once, as both do where there is no training to be saved.
final class Interrupts implements AutoCloseable {
    /// The signals with the exit codes that shells give to who ends by them: 128 and the signal's number.
    private static final Map<String, Integer> SIGNALS = Map.of("INT", 130, "TERM", 143);

    private final Output output;
    private final Map<String, Object> before = new LinkedHashMap<>();
    private final List<Trainer> trainers = new ArrayList<>();
    private boolean asked;

    Interrupts(Output output) {
        this.output = output;
        SIGNALS.forEach((signal, code) -> Optional.ofNullable(Signals.register(signal, () -> interrupt(code)))
                .ifPresent(old -> before.put(signal, old)));
    }

    /// From now on, this is what is stopped.
    synchronized void stops(Trainer trainer) {
        trainers.add(trainer);
    }

    private synchronized void interrupt(int code) {
        if (asked || trainers.isEmpty()) {
            Runtime.getRuntime().halt(code);
        }
        asked = true;
        output.remark("\ndagrad: ending after this step; once more ends at once");
        trainers.forEach(Trainer::stop);
    }

    @Override
    public void close() {
        before.forEach(Signals::unregister);
    }
}
