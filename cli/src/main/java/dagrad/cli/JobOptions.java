package dagrad.cli;

import dagrad.io.Yaml;
import dagrad.models.jobs.Hyperparameter;
import dagrad.models.jobs.Hyperparameters;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// Hyperparameters on the command line: `--config FILE`, then options of their own for some, then `--set NAME=VALUE`
/// for any. What comes later wins.
final class JobOptions {
    /// An option that sets a hyperparameter.
    ///
    /// @param name of the option: `--lr`
    /// @param hyperparameter that it sets: `learning_rate`
    record Shortcut(String name, String hyperparameter, String label, Class<?> type, String description) {}

    private JobOptions() {}

    static void addTo(CommandSpec spec, List<Shortcut> shortcuts) {
        for (Shortcut each : shortcuts) {
            spec.addOption(Arguments.option(each.name(), each.label(), each.type(), each.description()));
        }
        spec.addOption(Arguments.option(
                "--config", "FILE", Path.class, "hyperparameters as YAML or JSON: lines such as batch: 64"));
        spec.addOption(OptionSpec.builder("--set")
                .paramLabel("NAME=VALUE")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .arity("1")
                .description("one hyperparameter; may be given several times")
                .build());
    }

    /// @param standard what there is to choose
    /// @throws CliException if an option is given for a hyperparameter that there is none of
    static Hyperparameters chosen(ParseResult arguments, Hyperparameters standard, List<Shortcut> shortcuts) {
        Hyperparameters chosen = standard;
        Optional<Path> config = Arguments.value(arguments, "--config");
        if (config.isPresent()) {
            Path file = Arguments.existing(config.get());
            chosen = chosen.with(Yaml.read(file), file.toString());
        }
        for (Shortcut each : shortcuts) {
            Optional<Object> value = Arguments.value(arguments, each.name());
            if (value.isPresent()) {
                if (!chosen.has(each.hyperparameter())) {
                    throw new CliException(
                            "there is no " + each.name() + " here; there are " + String.join(", ", names(standard)));
                }
                chosen = chosen.with(each.hyperparameter(), value.get().toString());
            }
        }
        for (String assignment :
                Arguments.<List<String>>value(arguments, "--set").orElse(List.of())) {
            int equals = assignment.indexOf('=');
            if (equals < 1) {
                throw new CliException("--set takes NAME=VALUE, such as --set batch=64, not " + assignment);
            }
            chosen = chosen.with(
                    assignment.substring(0, equals).strip(),
                    assignment.substring(equals + 1).strip());
        }
        return chosen;
    }

    private static List<String> names(Hyperparameters all) {
        return all.declared().stream().map(Hyperparameter::name).toList();
    }

    /// A table of what can be chosen, for help.
    static String table(Hyperparameters all) {
        int width = names(all).stream().mapToInt(String::length).max().orElse(0);
        String row = "  %-" + width + "s  %-9s  %s%n";
        StringBuilder text = new StringBuilder();
        for (Hyperparameter each : all.declared()) {
            String standard = each.standard().isString()
                    ? each.standard().stringValue()
                    : each.standard().toString();
            text.append(String.format(Locale.ROOT, row, each.name(), standard, each.description()));
        }
        return text.toString();
    }
}
