package dagrad.cli;

import dagrad.backend.Backend;
import dagrad.graph.Graph;
import dagrad.io.Safetensors;
import dagrad.precision.Precision;
import dagrad.reference.ModelCheck;
import dagrad.reference.NodeCheck;
import dagrad.schedule.Scheduler;
import dagrad.tensor.HostTensor;
import dagrad.train.Evaluator;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad check MODEL`: are the gradients right, and does the device compute them?
final class CheckCommand implements Command {
    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage()
                .description(
                        "Compares a model's gradients with slopes of its loss in float64, and the device with the reference.")
                .footer(
                        "",
                        NamedModel.choices(),
                        "Shipped models are checked in a small size. A graph needs a scalar output \"loss\".",
                        "Exit code 1 says that something disagrees.");
        spec.addPositional(Arguments.operand(0, "MODEL", String.class, "a model's name, or a file"));
        spec.addOption(
                Arguments.option("--inputs", "FILE", Path.class, "safetensors with inputs; what is missing is random"));
        spec.addOption(Arguments.option("--seed", "N", Long.class, "for directions and random inputs; by default 1"));
        Arguments.addPrecision(spec);
        Arguments.addDevice(spec);
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        NamedModel model = NamedModel.of(Arguments.operand(arguments, 0, String.class), true);
        Map<String, HostTensor> inputs = new LinkedHashMap<>(model.inputs());
        Arguments.<Path>value(arguments, "--inputs").ifPresent(file -> inputs.putAll(Safetensors.read(file)));
        Precision precision = Arguments.precision(arguments);
        long seed = Arguments.<Long>value(arguments, "--seed").orElse(1L);
        try (Backend device = Arguments.open(arguments, precision, output)) {
            Function<Graph, Map<String, HostTensor>> evaluate = graph -> Evaluator.once(device, graph, inputs);
            ModelCheck.Report report = ModelCheck.of(model.loss(), precision, inputs, seed, Optional.of(evaluate));
            Graph joint = ModelCheck.withGradients(precision.of(model.loss()));
            List<NodeCheck.Row> nodes =
                    NodeCheck.of(Scheduler.plan(joint, device.capabilities()), precision, inputs, evaluate);
            output.print(model.name() + " on " + device.name());
            output.out().print(report.toText());
            output.out().print(NodeCheck.toText(nodes));
            return report.agrees() && nodes.stream().allMatch(NodeCheck.Row::agrees) ? 0 : 1;
        }
    }
}
