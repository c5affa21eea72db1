package dagrad.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// One command: what it accepts, and what it does with it.
interface Command {
    /// Its options and operands, without `--help`, which every command has.
    CommandSpec describe();

    /// @return the exit code: 0, or 1 if what was asked for turned out not to hold (a check that disagrees)
    /// @throws CliException if the user has to change something; it ends the program with one line and exit code 2. So
    ///     do the exceptions in which other packages tell users what is wrong ([Failures]).
    int run(ParseResult arguments, Output output);
}
