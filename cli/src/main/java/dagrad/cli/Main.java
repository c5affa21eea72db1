package dagrad.cli;

import dagrad.models.jobs.FinetuneJob;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// `dagrad`: finds the command and turns failures into one line and an exit code: 0 done, 1 checked and found wrong,
/// 2 something the user has to change, 70 a fault of the program.
///
/// Commands are described by calls, not by picocli's annotations: reading those takes the JVM longer than all the rest
/// of its start, since every annotation type needs a proxy class that no ahead-of-time cache holds.
public final class Main {
    static final String VERSION = "dagrad 0.1.0-SNAPSHOT";
    private static final int FAULT = 70;

    private Main() {}

    public static void main(String[] args) {
        System.exit(run(Output.standard(), args));
    }

    /// All commands, in the order of the usage text.
    private static Map<String, Supplier<Command>> commands() {
        Map<String, Supplier<Command>> commands = new LinkedHashMap<>();
        commands.put("train", () -> new TrainCommand(Optional.empty()));
        commands.put("finetune", () -> new TrainCommand(Optional.of(new FinetuneJob())));
        commands.put("verify-resume", VerifyResumeCommand::new);
        commands.put("sample", SampleCommand::new);
        commands.put("predict", PredictCommand::new);
        commands.put("export", ExportCommand::new);
        commands.put("watch", WatchCommand::new);
        commands.put("tensorboard", TensorBoardCommand::new);
        commands.put("plan", PlanCommand::new);
        commands.put("profile", ProfileCommand::new);
        commands.put("check", CheckCommand::new);
        commands.put("check-operations", CheckOperationsCommand::new);
        commands.put("explain", ExplainCommand::new);
        commands.put("grad", GradCommand::new);
        commands.put("bench", BenchCommand::new);
        commands.put("devices", DevicesCommand::new);
        commands.put("doctor", DoctorCommand::new);
        commands.put("gpu-check", GpuCheckCommand::new);
        commands.put("completion", CompletionCommand::new);
        commands.put("man", ManCommand::new);
        return commands;
    }

    /// Runs one command line.
    ///
    /// @return the exit code
    static int run(Output output, String... args) {
        try {
            CommandLine line = commandLine();
            line.setOut(new PrintWriter(output.out(), true, StandardCharsets.UTF_8));
            ParseResult parsed = line.parseArgs(args);
            Integer helped = CommandLine.executeHelpRequest(parsed);
            if (helped != null) {
                return helped;
            }
            if (!parsed.hasSubcommand()) {
                line.usage(output.out());
                return 0;
            }
            ParseResult inner = innermost(parsed);
            return ((Command) inner.commandSpec().userObject()).run(inner, output);
        } catch (ParameterException e) {
            output.remark("dagrad: " + e.getMessage() + " — try " + name(e.getCommandLine()) + " --help");
            return 2;
        } catch (RuntimeException | OutOfMemoryError e) {
            Optional<String> line = Failures.line(e);
            line.ifPresentOrElse(text -> output.remark("dagrad: " + oneLine(text)), () -> {
                output.remark("dagrad: a fault of the program; please report it with these lines:");
                e.printStackTrace(output.err());
            });
            return line.isPresent() ? 2 : FAULT;
        }
    }

    private static String name(CommandLine line) {
        return line.getCommandSpec().qualifiedName();
    }

    private static String oneLine(String text) {
        return text.strip().replaceAll("\\s*\\R\\s*", " ");
    }

    private static ParseResult innermost(ParseResult parsed) {
        ParseResult result = parsed;
        while (result.hasSubcommand()) {
            result = result.subcommand();
        }
        return result;
    }

    static CommandLine commandLine() {
        CommandSpec spec = CommandSpec.create().name("dagrad").version(VERSION);
        spec.usageMessage()
                .description("Trains neural networks, described as graphs, on the JVM.")
                .footer(
                        "",
                        "Examples:",
                        "  dagrad train names              trains on names, then invents some",
                        "  dagrad train fashion --out run  trains on Fashion-MNIST, keeps everything in the folder run",
                        "  dagrad plan gpt                 what a step would cost",
                        "  dagrad check names              are the gradients right?");
        addHelp(spec);
        spec.addOption(OptionSpec.builder("-V", "--version")
                .versionHelp(true)
                .description("Print the version and exit.")
                .build());
        commands().forEach((name, command) -> spec.addSubcommand(name, subcommand(command.get())));
        CommandLine line = new CommandLine(spec);
        line.setUsageHelpAutoWidth(true);
        Map<String, CommandLine.IHelpSectionRenderer> sections = line.getHelpSectionMap();
        sections.put(UsageMessageSpec.SECTION_KEY_FOOTER, help -> {
            UsageMessageSpec usage = help.commandSpec().usageMessage();
            return Paragraphs.fitted(List.of(usage.footer()), usage.width());
        });
        line.setHelpSectionMap(sections);
        return line;
    }

    private static CommandSpec subcommand(Command command) {
        CommandSpec spec = command.describe();
        addHelp(spec);
        return spec;
    }

    private static void addHelp(CommandSpec spec) {
        spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Print this help and exit.")
                .build());
    }
}
