package dagrad.cli;

import dagrad.models.bench.Gpt2;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// GPT-2 in the size that the options say; by default the smallest published one.
record Gpt2Options(Gpt2 model, int batch) {
    static final String NAME = "gpt2";
    private static final List<String> SIZES = List.of("--batch", "--context", "--layers", "--width", "--vocabulary");

    static void add(CommandSpec spec) {
        spec.addOption(Arguments.option("--batch", "N", Integer.class, "rows of a batch of gpt2 (default 16)"));
        spec.addOption(Arguments.option("--context", "N", Integer.class, "tokens of a row of gpt2 (default 1024)"));
        spec.addOption(Arguments.option("--layers", "N", Integer.class, "layers of gpt2 (default 12)"));
        spec.addOption(Arguments.option("--width", "N", Integer.class, "width of gpt2 (default 768; heads of 64)"));
        spec.addOption(Arguments.option(
                "--vocabulary", "N", Integer.class, "tokens that gpt2 knows (default 50257; 50304 is rounder)"));
    }

    /// @throws CliException if a size is below 1, or one is given for another model
    static Gpt2Options of(ParseResult arguments) {
        Gpt2 published = Gpt2.PUBLISHED;
        Gpt2 model = published
                .withWidth(Arguments.positive(arguments, "--width", published.width()))
                .withLayers(Arguments.positive(arguments, "--layers", published.layers()))
                .withContext(Arguments.positive(arguments, "--context", published.context()))
                .withVocabulary(Arguments.positive(arguments, "--vocabulary", published.vocabulary()));
        return new Gpt2Options(model, Arguments.positive(arguments, "--batch", 16));
    }

    /// @throws CliException if a size is given, as other models have theirs
    static void refuse(ParseResult arguments, String model) {
        SIZES.stream().filter(arguments::hasMatchedOption).findFirst().ifPresent(option -> {
            throw new CliException(option + " is for gpt2; " + model + " has a size of its own");
        });
    }

    long tokens() {
        return (long) batch * model.context();
    }
}
