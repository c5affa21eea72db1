package dagrad.cli;

import dagrad.backend.Backend;
import dagrad.backend.Backends;
import dagrad.backend.DeviceOptions;
import dagrad.precision.Precision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/// The options that several commands share, and typed access to what was given.
final class Arguments {
    /// What `--precision` can be.
    static final String PRECISIONS =
            "f32 (default); tf32: the device may round factors of products; or bf16: activations and factors are bf16,"
                    + " parameters and sums f32 (the CPU computes it too, but slowly)";

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

    /// `--precision`, for commands that build what a device runs.
    static void addPrecision(CommandSpec spec) {
        spec.addOption(option("--precision", "P", String.class, PRECISIONS));
    }

    /// @throws CliException if there is none of that name
    static Precision precision(ParseResult arguments) {
        String name = Arguments.<String>value(arguments, "--precision").orElse(Precision.F32.text());
        return Precision.byText(name)
                .orElseThrow(
                        () -> new CliException("there is no precision \"" + name + "\"; there are " + Precision.all()));
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

    /// Opens the device that `--device` and `--threads` name, in strict f32.
    static Backend open(ParseResult arguments, Output output) {
        return open(arguments, Precision.F32, output);
    }

    /// The same for a precision.
    static Backend open(ParseResult arguments, Precision precision, Output output) {
        String device = Arguments.<String>value(arguments, "--device").orElse("auto");
        DeviceOptions options = new DeviceOptions(threads(arguments), precision == Precision.TF32);
        return Backends.open(device, options, output::remark);
    }

    /// A file that must be there.
    ///
    /// @throws CliException if it is not
    static Path existing(Path file) {
        if (!Files.isReadable(file)) {
            throw new CliException("there is no file " + file + " that can be read");
        }
        return file;
    }
}
