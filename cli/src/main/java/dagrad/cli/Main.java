package dagrad.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `dagrad`: without a command it prints its usage.
@Command(
        name = "dagrad",
        mixinStandardHelpOptions = true,
        version = Main.VERSION,
        description = "Trains models on the JVM.")
public final class Main implements Runnable {
    static final String VERSION = "dagrad 0.1.0-SNAPSHOT";

    @Spec
    private CommandSpec spec;

    public static void main(String[] args) {
        System.exit(new CommandLine(new Main()).execute(args));
    }

    @Override
    public void run() {
        spec.commandLine().usage(System.out);
    }
}
