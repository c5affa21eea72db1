package dagrad.cli;

import dagrad.backend.Backend;
import dagrad.gradient.Gradients;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Value;
import dagrad.io.GraphJson;
import dagrad.io.Safetensors;
import dagrad.tensor.HostTensor;
import dagrad.train.Evaluator;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad grad GRAPH.json`: a graph's outputs and gradients, for comparing with another framework's.
final class GradCommand implements Command {
    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage()
                .description("Evaluates a graph and the gradients of its loss with respect to its parameters.")
                .footer(
                        "",
                        "The graph's format is described in docs/graph-json.md. The result holds each output by its name",
                        "and each gradient as gradient/PARAMETER.");
        spec.addPositional(Arguments.operand(0, "GRAPH", Path.class, "a graph, as JSON"));
        spec.addOption(Arguments.option("--inputs", "FILE", Path.class, "safetensors with all inputs and parameters"));
        spec.addOption(Arguments.option("--out", "FILE", Path.class, "where to write the results, as safetensors"));
        spec.addOption(
                Arguments.option("--loss", "NAME", String.class, "the output to differentiate; by default loss"));
        Arguments.addDevice(spec);
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        Path in = required(arguments, "--inputs");
        Path out = required(arguments, "--out");
        Graph graph = GraphJson.read(Arguments.existing(Arguments.operand(arguments, 0, Path.class)));
        Map<String, HostTensor> inputs = Safetensors.read(in);
        String loss = Arguments.<String>value(arguments, "--loss").orElse("loss");
        try (Backend device = Arguments.open(arguments, output)) {
            Map<String, HostTensor> results = Evaluator.once(device, withGradients(graph, loss), inputs);
            Safetensors.write(out, results);
            results.forEach((name, tensor) -> output.print(name + " " + tensor));
        }
        return 0;
    }

    private static Path required(ParseResult arguments, String option) {
        return Arguments.<Path>value(arguments, option)
                .orElseThrow(() -> new CliException(option + " FILE is missing; try dagrad grad --help"));
    }

    private static Graph withGradients(Graph graph, String loss) {
        return Graph.build(g -> {
            Function<Value, Value> here = g.inline(graph, Map.of());
            graph.outputs().forEach((name, value) -> g.output(name, here.apply(value)));
            Map<String, Value> parameters = graph.inputs(Input.Kind.PARAMETER);
            Map<Value, Value> gradients = Gradients.of(
                    g,
                    here.apply(graph.output(loss)),
                    parameters.values().stream().map(here).toList());
            parameters.forEach((name, p) -> g.output("gradient/" + name, gradients.get(here.apply(p))));
        });
    }
}
