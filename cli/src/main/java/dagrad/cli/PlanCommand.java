package dagrad.cli;

import dagrad.backend.Backend;
import dagrad.cuda.code.CudaCapabilities;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.models.bench.Gpt2;
import dagrad.models.bench.Networks;
import dagrad.models.bench.Workload;
import dagrad.optimizer.Lora;
import dagrad.optimizer.StepGraph;
import dagrad.plan.ByteCount;
import dagrad.plan.Capabilities;
import dagrad.plan.Card;
import dagrad.plan.Cards;
import dagrad.plan.Plan;
import dagrad.plan.PlanChecker;
import dagrad.plan.PlanReport;
import dagrad.precision.Precision;
import dagrad.schedule.Scheduler;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad plan MODEL`: what a training step will cost, before anything runs.
final class PlanCommand implements Command {
    private static final String BUDGET = "--memory-budget";

    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage()
                .description("Lowers a training step (with AdamW) and prints its launches, operations and memory.")
                .footer(
                        "",
                        NamedModel.choices(),
                        "Cards: " + String.join(", ", new TreeSet<>(Cards.all().keySet())) + ".",
                        "A plan for a card, or with --device cuda, needs no GPU.");
        spec.addPositional(Arguments.operand(0, "MODEL", String.class, "a model's name, or a file"));
        spec.addOption(Arguments.option(
                "--lora", "rank=N,…", String.class, "plan for adapters that are trained alone: rank=8,targets=qkv+up"));
        spec.addOption(Arguments.flag("--launches", "print every launch with the places it reads and writes"));
        spec.addOption(Arguments.flag("--graph", "print the graph after the passes"));
        spec.addOption(Arguments.option(
                "--card", "NAME", String.class, "plan for that GPU, and tell how long a step takes there at best"));
        spec.addOption(Arguments.option(
                BUDGET,
                "BYTES",
                String.class,
                "plan within so much memory, such as 6GB: what does not fit is computed again"));
        Gpt2Options.add(spec);
        Arguments.addPrecision(spec);
        Arguments.addDevice(spec);
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        String name = Arguments.operand(arguments, 0, String.class);
        Precision precision = Arguments.precision(arguments);
        Graph step = step(arguments, name, precision);
        Optional<String> card = Arguments.value(arguments, "--card");
        String device = Arguments.<String>value(arguments, "--device").orElse("auto");
        if (card.isPresent() || device.equals("cuda")) {
            if (!List.of("auto", "cuda").contains(device)) {
                throw new CliException("--card plans for a GPU, --device " + device + " for another device");
            }
            Card planned = Cards.named(card.orElse("h100"));
            Plan plan =
                    plan(arguments, output, step, CudaCapabilities.INSTANCE, each -> CardPlan.workspace(each, planned));
            print(output, name, "a GPU", plan);
            if (card.isPresent()) {
                long tokens = name.equals(Gpt2Options.NAME)
                        ? Gpt2Options.of(arguments).tokens()
                        : 0;
                output.out()
                        .print(CardPlan.of(plan, planned, precision == Precision.TF32)
                                .toText(tokens));
            }
            return 0;
        }
        try (Backend backend = Arguments.open(arguments, precision, output)) {
            ToLongFunction<Plan> beside = each -> backend.needs(each) - each.arenaBytes();
            Plan plan = plan(arguments, output, step, backend.capabilities(), beside);
            print(output, name, backend.name(), plan);
            output.print("kernels work with " + ByteCount.text(beside.applyAsLong(plan)) + " beside the arena: "
                    + ByteCount.text(backend.needs(plan)) + " in all");
        }
        return 0;
    }

    /// @param beside the bytes that a plan takes besides its arena
    private static Plan plan(
            ParseResult arguments, Output output, Graph step, Capabilities capabilities, ToLongFunction<Plan> beside) {
        Plan whole = Scheduler.plan(step, capabilities);
        Plan plan = PlanChecker.check(
                Arguments.<String>value(arguments, BUDGET)
                        .map(text -> within(ByteCount.parse(text), output, step, whole, capabilities, beside))
                        .orElse(whole),
                capabilities);
        if (arguments.hasMatchedOption("--graph")) {
            output.out().print(plan.graph());
        }
        if (arguments.hasMatchedOption("--launches")) {
            output.out().print(plan);
        }
        return plan;
    }

    private static Plan within(
            long budget,
            Output output,
            Graph step,
            Plan whole,
            Capabilities capabilities,
            ToLongFunction<Plan> beside) {
        long other = beside.applyAsLong(whole);
        Plan plan = Scheduler.plan(step, capabilities, budget - other);
        boolean fits = plan.arenaBytes() + beside.applyAsLong(plan) <= budget;
        output.print((fits ? "within " : "NOT within ") + ByteCount.text(budget) + ": "
                + ByteCount.text(plan.arenaBytes() + beside.applyAsLong(plan)) + " instead of "
                + ByteCount.text(whole.arenaBytes() + other) + ", for " + PlanReport.more(whole, plan) + "\n");
        return plan;
    }

    private static void print(Output output, String name, String device, Plan plan) {
        output.print("a step of " + name + " on " + device + "\n");
        output.out().print(PlanReport.of(plan).toText());
    }

    /// A graph without parameters is planned as it is.
    private static Graph step(ParseResult arguments, String name, Precision precision) {
        if (name.equals(Gpt2Options.NAME)) {
            Gpt2Options gpt2 = Gpt2Options.of(arguments);
            Graph loss = adapted(arguments, gpt2.model().loss(gpt2.batch()));
            return StepGraph.of(loss, Gpt2.recipe().in(precision)).graph();
        }
        Gpt2Options.refuse(arguments, name);
        if (Networks.NAMES.contains(name) && !arguments.hasMatchedOption("--lora")) {
            return Workload.of(name, precision).graph();
        }
        Graph loss = adapted(arguments, NamedModel.of(name, false).loss());
        return loss.inputs(Input.Kind.PARAMETER).isEmpty() ? precision.of(loss) : NamedModel.step(loss, precision);
    }

    private static Graph adapted(ParseResult arguments, Graph loss) {
        return Arguments.<String>value(arguments, "--lora")
                .map(text -> Lora.parse(text).adapt(loss))
                .orElse(loss);
    }
}
