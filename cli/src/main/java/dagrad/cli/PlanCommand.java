package dagrad.cli;

import dagrad.backend.Backend;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.models.bench.Networks;
import dagrad.models.bench.Workload;
import dagrad.optimizer.Optimizer.AdamW;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.Schedule;
import dagrad.optimizer.StepGraph;
import dagrad.plan.Plan;
import dagrad.plan.PlanChecker;
import dagrad.plan.PlanReport;
import dagrad.precision.Precision;
import dagrad.schedule.Scheduler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad plan MODEL`: what a training step will cost, before anything runs.
final class PlanCommand implements Command {
    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage()
                .description("Lowers a training step (with AdamW) and prints its launches, operations and memory.")
                .footer(
                        "",
                        "Models: " + String.join(", ", NamedModel.names()) + ", or a file with a graph or a network.");
        spec.addPositional(Arguments.operand(0, "MODEL", String.class, "a model's name, or a file"));
        spec.addOption(Arguments.flag("--launches", "print every launch with the places it reads and writes"));
        spec.addOption(Arguments.flag("--graph", "print the graph after the passes"));
        Arguments.addPrecision(spec);
        Arguments.addDevice(spec);
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        String name = Arguments.operand(arguments, 0, String.class);
        Precision precision = Arguments.precision(arguments);
        Graph step = step(name, precision);
        try (Backend device = Arguments.open(arguments, precision, output)) {
            Plan plan = Scheduler.plan(step, device.capabilities());
            PlanChecker.check(plan, device.capabilities());
            if (arguments.hasMatchedOption("--graph")) {
                output.out().print(plan.graph());
            }
            if (arguments.hasMatchedOption("--launches")) {
                output.out().print(plan);
            }
            output.print("a step of " + name + " on " + device.name() + "\n");
            output.out().print(PlanReport.of(plan).toText());
        }
        return 0;
    }

    /// A graph without parameters is planned as it is.
    private static Graph step(String name, Precision precision) {
        if (Networks.NAMES.contains(name)) {
            return Workload.of(name, precision).graph();
        }
        Graph loss = NamedModel.of(name, false).loss();
        return loss.inputs(Input.Kind.PARAMETER).isEmpty()
                ? precision.of(loss)
                : StepGraph.of(
                                loss,
                                Recipe.of(new AdamW(), new Schedule.Constant(1e-3))
                                        .in(precision))
                        .graph();
    }
}
