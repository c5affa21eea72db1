package dagrad.cli;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// PyTorch on this machine, beside which Dagrad's figures are put.
///
/// @param version what it says of itself
record Torch(String python, Path script, String version) {
    private static final Duration LIMIT = Duration.ofMinutes(10);

    /// How its operations are run.
    enum Mode {
        EAGER,
        COMPILED;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// Looks for it.
    ///
    /// @param script that computes the same workloads, `gpu-check-torch.py`
    static Optional<Torch> find(String python, Path script) {
        Child probe = ran(List.of(python, script.toString(), "--version"));
        return probe.exit() == 0 && !probe.out().isEmpty()
                ? Optional.of(new Torch(python, script, probe.out().getFirst()))
                : Optional.empty();
    }

    Child measure(Agenda.Benchmark benchmark, Mode mode, double seconds) {
        List<String> command = new ArrayList<>(List.of(python, script.toString(), benchmark.workload()));
        command.addAll(List.of("--precision", benchmark.precision().text(), "--mode", mode.text()));
        command.addAll(List.of("--seconds", String.valueOf(seconds)));
        command.addAll(benchmark.options());
        return ran(command);
    }

    /// A program that is not there has failed, like others.
    private static Child ran(List<String> command) {
        try {
            return Child.run(command, LIMIT);
        } catch (UncheckedIOException e) {
            return new Child(127, List.of(), List.of(String.valueOf(e.getCause().getMessage())));
        }
    }
}
