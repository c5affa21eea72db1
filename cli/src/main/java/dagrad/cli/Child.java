package dagrad.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A program that was run to its end beside this one: what a faulty kernel spoils is its process, and no other.
///
/// @param exit its exit code; [#OVERDUE] if it was ended for taking too long
/// @param out the lines of its standard output
/// @param err the lines of its standard error
record Child(int exit, List<String> out, List<String> err) {
    static final int OVERDUE = -1;

    /// Runs a command.
    ///
    /// @param limit after which it is ended
    static Child run(List<String> command, Duration limit) {
        try {
            Path out = Files.createTempFile("dagrad", ".out");
            Path err = Files.createTempFile("dagrad", ".err");
            try {
                Process process = new ProcessBuilder(command)
                        .redirectInput(ProcessBuilder.Redirect.from(
                                Path.of("/dev/null").toFile()))
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start();
                int exit = await(process, limit);
                return new Child(exit, lines(out), lines(err));
            } finally {
                Files.delete(out);
                Files.delete(err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int await(Process process, Duration limit) {
        try {
            if (process.waitFor(limit.toSeconds(), TimeUnit.SECONDS)) {
                return process.exitValue();
            }
            return OVERDUE;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return OVERDUE;
        } finally {
            process.destroyForcibly().onExit().join();
        }
    }

    /// Whatever bytes a program writes.
    private static List<String> lines(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }

    /// The command that runs this program with other arguments, on this Java and with its options.
    static List<String> dagrad(List<String> jvmOptions, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(arguments);
        return List.copyOf(command);
    }

    /// Why it failed: the last lines that it printed.
    List<String> lastWords() {
        List<String> all = new ArrayList<>(out);
        all.addAll(err);
        if (exit == OVERDUE) {
            all.add("it took too long and was ended");
        }
        return List.copyOf(all.subList(Math.max(0, all.size() - 12), all.size()));
    }
}
