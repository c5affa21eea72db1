package dagrad.cli;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad`: without a command it prints its usage.
///
/// Commands are described by calls, not by picocli's annotations: reading those takes the JVM longer than all the rest
/// of
/// its start, since every annotation type needs a proxy class that no ahead-of-time cache holds.
public final class Main {
    private static final String VERSION = "dagrad 0.1.0-SNAPSHOT";

    private Main() {}

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        CommandSpec spec = CommandSpec.create().name("dagrad").version(VERSION);
        spec.usageMessage().description("Trains models on the JVM.");
        spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Print this help and exit.")
                .build());
        spec.addOption(OptionSpec.builder("-V", "--version")
                .versionHelp(true)
                .description("Print the version and exit.")
                .build());
        return new CommandLine(spec).setExecutionStrategy(Main::run);
    }

    private static int run(ParseResult parsed) {
        Integer helped = CommandLine.executeHelpRequest(parsed);
        if (helped == null) {
            parsed.commandSpec().commandLine().usage(System.out);
        }
        return CommandLine.ExitCode.OK;
    }
}
