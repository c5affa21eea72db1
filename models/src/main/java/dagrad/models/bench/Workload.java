package dagrad.models.bench;

import dagrad.graph.Graph;
import dagrad.optimizer.FlatLayout;
import dagrad.optimizer.Optimizer.AdamW;
import dagrad.optimizer.ParameterGroup;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.Schedule;
import dagrad.optimizer.StepGraph;
import dagrad.precision.Precision;
import dagrad.tensor.HostTensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A step to be measured: a graph, and what its inputs hold before the first run. The batch stays the same in every
/// step; the loss, or one element of what is computed, is read after each, which is to wait for it.
///
/// @param items how many of the unit one step does; an edge of `network` counts once for each example
/// @param watched the output read after each step
/// @param watchedIndex which of its elements
public record Workload(
        String name,
        Graph graph,
        Map<String, HostTensor> inputs,
        double items,
        String unit,
        String watched,
        long watchedIndex) {
    /// The names that other libraries know, too, in the order in which they are measured.
    public static final List<String> NAMES =
            List.of("mlp", "gpt", "conv", "tinygraph", "network", "adamw", "copy", "gemm");

    /// More names, of workloads that are for GPUs; besides there is [#gpt2].
    public static final List<String> FOR_GPUS = List.of("attention", "elementwise", "matmul");

    /// @throws IllegalArgumentException if there is none of that name
    public static Workload of(String name) {
        return of(name, Precision.F32);
    }

    /// @param precision of what is trained; the others are f32
    public static Workload of(String name, Precision precision) {
        return of(name, precision, Extent.STANDARD);
    }

    /// @param precision of what is trained, of attention and of matmul; the others are f32
    public static Workload of(String name, Precision precision, Extent extent) {
        return switch (name) {
            case "mlp" -> training(name, precision, extent, "examples/s");
            case "gpt" -> training(name, precision, extent, "tokens/s");
            case "conv" -> training(name, precision, extent, "images/s");
            case "tinygraph" -> training(name, precision, extent, "steps/s");
            case "network" -> training(name, precision, extent, "edges/s");
            case "adamw" -> Kernels.adamw(extent);
            case "copy" -> Kernels.copy(extent);
            case "gemm" -> Kernels.gemm(extent);
            case "attention" -> Kernels.attention(precision, extent);
            case "elementwise" -> Kernels.elementwise(extent);
            case "matmul" -> Kernels.matmul(precision, extent);
            default ->
                throw new IllegalArgumentException("there is no workload \"" + name + "\"; there are " + NAMES + ", "
                        + FOR_GPUS + ", gpt2 and startup");
        };
    }

    /// AdamW with learning rate 1e-3 and weight decay 0.01 on all parameters.
    private static Workload training(String name, Precision precision, Extent extent, String unit) {
        Networks.Network network = Networks.of(name, extent);
        Recipe recipe = Recipe.of(new AdamW(), new Schedule.Constant(1e-3))
                .grouped(List.of(new ParameterGroup("all", (_, _) -> true, 1, 1)))
                .withoutNorm()
                .guarded(Recipe.Guard.NONE) // neither do others look at the norm
                .in(precision);
        StepGraph step = StepGraph.of(network.loss(), recipe);
        FlatLayout layout = step.layout();
        Map<String, HostTensor> inputs = new LinkedHashMap<>(network.data());
        inputs.putAll(layout.join(network.parameters()));
        return new Workload(name, step.graph(), inputs, network.items(), unit, StepGraph.LOSS, 0);
    }

    /// A step of GPT-2 as it is trained.
    public static Workload gpt2(Gpt2 model, int batch, Precision precision) {
        StepGraph step = StepGraph.of(model.loss(batch), Gpt2.recipe().in(precision));
        Map<String, HostTensor> inputs = new LinkedHashMap<>(model.data(batch));
        inputs.putAll(step.layout().join(model.parameters()));
        double tokens = (double) batch * model.context();
        return new Workload("gpt2", step.graph(), inputs, tokens, "tokens/s", StepGraph.LOSS, 0);
    }
}
