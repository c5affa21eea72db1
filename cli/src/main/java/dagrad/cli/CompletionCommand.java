package dagrad.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad completion`: a script that completes command lines.
final class CompletionCommand implements Command {
    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage()
                .description("Prints a script by which a shell completes commands and options.")
                .footer(
                        "",
                        "Examples:",
                        "  source <(dagrad completion)                 bash, for this shell",
                        "  dagrad completion > ~/.local/share/bash-completion/completions/dagrad",
                        "",
                        "For zsh, run first: autoload -U +X bashcompinit && bashcompinit");
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        output.out().print(AutoComplete.bash("dagrad", Main.commandLine()));
        return 0;
    }
}
