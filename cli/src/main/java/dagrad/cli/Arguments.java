package dagrad.cli;

import dagrad.backend.Backend;
import dagrad.backend.Backends;
import dagrad.backend.DeviceOptions;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/// The options that several commands share, and typed access to what was given.
final class Arguments {
    private Arguments() {}

    /// An option that takes a value.
    static OptionSpec option(String name, String label, Class<?> type, String description) {
        return OptionSpec.builder(name)
                .paramLabel(label)
                .type(type)
                .description(description)
                .build();
    }

    /// An option that is there or not.
    static OptionSpec flag(String name, String description) {
        return OptionSpec.builder(name).description(description).build();
    }

    static PositionalParamSpec operand(int index, String label, Class<?> type, String description) {
        return PositionalParamSpec.builder()
                .index(String.valueOf(index))
                .paramLabel(label)
                .type(type)
                .required(true)
                .description(description)
                .build();
    }

    /// `--device` and `--threads`.
    static void addDevice(CommandSpec spec) {
        spec.addOption(option(
                "--device", "NAME", String.class, "auto (default), cpu, or reference: float64, node by node, slow"));
        spec.addOption(option("--threads", "N", Integer.class, "threads on the CPU; by default one for each core"));
    }

    static <T> Optional<T> value(ParseResult arguments, String name) {
        return Optional.ofNullable(arguments.matchedOptionValue(name, null));
    }

    /// An operand that was required, so it is there.
    static <T> T operand(ParseResult arguments, int index, Class<T> type) {
        return type.cast(arguments.matchedPositionalValue(index, (Object) ""));
    }

    /// @throws CliException if the number is not positive
    static int positive(ParseResult arguments, String name, int standard) {
        int n = Arguments.<Integer>value(arguments, name).orElse(standard);
        if (n < 1) {
            throw new CliException(name + " must be 1 or more, not " + n);
        }
        return n;
    }

    static int threads(ParseResult arguments) {
        return positive(arguments, "--threads", Runtime.getRuntime().availableProcessors());
    }

    /// Opens the device that `--device` and `--threads` name.
    static Backend open(ParseResult arguments, Output output) {
        String device = Arguments.<String>value(arguments, "--device").orElse("auto");
        return Backends.open(device, new DeviceOptions(threads(arguments)), output::remark);
    }

    /// A file that must be there.
    ///
    /// @throws CliException if it is not
    static Path existing(Path file) {
        if (!java.nio.file.Files.isReadable(file)) {
            throw new CliException("there is no file " + file + " that can be read");
        }
        return file;
    }
}
