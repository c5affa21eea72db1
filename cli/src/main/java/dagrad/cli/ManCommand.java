package dagrad.cli;

import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad man`: all help as one manual page, in the macros of man(7).
final class ManCommand implements Command {
    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage()
                .description("Prints the manual page, in the language of man.")
                .footer("", "Examples:", "  dagrad man | man -l -", "  dagrad man > ~/.local/share/man/man1/dagrad.1");
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        output.out().print(page(Main.commandLine()));
        return 0;
    }

    static String page(CommandLine line) {
        CommandSpec spec = line.getCommandSpec();
        StringBuilder page = new StringBuilder();
        page.append(".TH DAGRAD 1 \"\" \"").append(spec.version()[0]).append("\" \"Dagrad\"\n");
        section(page, "NAME");
        page.append("dagrad \\- ").append(escaped(sentence(spec))).append('\n');
        section(page, "SYNOPSIS");
        page.append(".B dagrad\n.I COMMAND\n[options]\n");
        section(page, "DESCRIPTION");
        page.append(escaped(
                        "A network is a graph; a training step, gradients and optimizer included, is lowered once into a"
                                + " static plan and run thousands of times, on an NVIDIA GPU or the CPU."))
                .append('\n');
        footer(page, spec);
        section(page, "COMMANDS");
        for (Map.Entry<String, CommandLine> each : line.getSubcommands().entrySet()) {
            command(page, each.getKey(), each.getValue().getCommandSpec());
        }
        section(page, "EXIT STATUS");
        listed(page, "0", "done");
        listed(page, "1", "checked, and found wrong");
        listed(page, "2", "something to change in the input, which one line explains");
        listed(page, "70", "a fault of the program");
        section(page, "ENVIRONMENT");
        listed(page, "DAGRAD_JAVA_HOME", "the JDK to use, of version 25 or newer");
        listed(page, "DAGRAD_JAVA_OPTS", "further options of the JVM, such as -Xmx8g");
        listed(page, "NO_COLOR", "set to anything: no colours");
        section(page, "FILES");
        listed(page, "runs/JOB-N", "results of dagrad train, unless --out names another folder");
        return page.toString();
    }

    private static void command(StringBuilder page, String name, CommandSpec spec) {
        page.append(".SS \"dagrad ").append(name);
        spec.positionalParameters().forEach(operand -> page.append(' ').append(escaped(operand.paramLabel())));
        page.append("\"\n").append(escaped(sentence(spec))).append('\n');
        for (PositionalParamSpec operand : spec.positionalParameters()) {
            listed(page, operand.paramLabel(), String.join(" ", operand.description()));
        }
        for (OptionSpec option : spec.options()) {
            String label = option.arity().max() == 0 ? "" : "=" + option.paramLabel();
            listed(page, String.join(", ", option.names()) + label, String.join(" ", option.description()));
        }
        footer(page, spec);
    }

    private static String sentence(CommandSpec spec) {
        return String.join(" ", spec.usageMessage().description());
    }

    /// Paragraphs flow; what is indented stays as it is.
    private static void footer(StringBuilder page, CommandSpec spec) {
        boolean kept = false;
        for (String text : List.of(spec.usageMessage().footer())) {
            boolean keeps = text.startsWith(" ");
            if (keeps != kept) {
                page.append(keeps ? ".nf\n" : ".fi\n");
                kept = keeps;
            }
            page.append(text.isBlank() ? ".PP\n" : escaped(text) + "\n");
        }
        page.append(kept ? ".fi\n" : "");
    }

    private static void section(StringBuilder page, String name) {
        page.append(".SH ").append(name).append('\n');
    }

    private static void listed(StringBuilder page, String term, String text) {
        page.append(".TP\n.B ")
                .append(escaped(term))
                .append('\n')
                .append(escaped(text))
                .append('\n');
    }

    /// Hyphens that are minus signs, backslashes, and what would be a macro at the beginning of a line.
    private static String escaped(String text) {
        String safe = text.replace("\\", "\\e").replace("-", "\\-");
        return safe.startsWith(".") || safe.startsWith("'") ? "\\&" + safe : safe;
    }
}
