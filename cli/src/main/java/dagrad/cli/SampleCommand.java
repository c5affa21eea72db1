package dagrad.cli;

import dagrad.backend.Backend;
import dagrad.models.jobs.NamesJob;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad sample RUN`: names invented by a trained model.
final class SampleCommand implements Command {
    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage().description("Invents names with the weights of a run of dagrad train names.");
        spec.addPositional(Arguments.operand(0, "RUN", Path.class, "the run's folder"));
        spec.addOption(Arguments.option("--count", "N", Integer.class, "how many; by default 20"));
        spec.addOption(Arguments.option(
                "--temperature",
                "X",
                Double.class,
                "below 1 for likelier names, above for stranger ones; by default 0.8"));
        spec.addOption(Arguments.option("--seed", "N", Long.class, "by default 1"));
        Arguments.addDevice(spec);
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        double temperature = Arguments.<Double>value(arguments, "--temperature").orElse(0.8);
        if (!(temperature > 0) || Double.isInfinite(temperature)) {
            throw new CliException("--temperature must be above 0, not " + temperature);
        }
        try (Backend device = Arguments.open(arguments, output)) {
            NamesJob.sample(
                            device,
                            Arguments.operand(arguments, 0, Path.class),
                            Arguments.positive(arguments, "--count", 20),
                            temperature,
                            Arguments.<Long>value(arguments, "--seed").orElse(1L))
                    .forEach(output::print);
        }
        return 0;
    }
}
