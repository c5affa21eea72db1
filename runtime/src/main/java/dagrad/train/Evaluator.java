package dagrad.train;

import dagrad.backend.Backend;
import dagrad.backend.Executable;
import dagrad.graph.Graph;
import dagrad.optimizer.FlatLayout;
import dagrad.optimizer.ParameterGroup;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.StepGraph;
import dagrad.plan.Plan;
import dagrad.plan.PlanChecker;
import dagrad.precision.Precision;
import dagrad.schedule.Scheduler;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/// Runs a model on batches of any size without changing it. Each size of batch has a plan of its own, made when it is
/// met first; a data set has at most two, as only its last batch is smaller.
public final class Evaluator implements AutoCloseable {
    private record Loaded(Executable executable, Feed feed) {}

    private final Backend backend;
    private final IntFunction<Graph> graphs;
    private final FlatLayout layout;
    private final Map<Integer, Plan> plans = new HashMap<>();
    private final Map<Integer, Loaded> loaded = new HashMap<>();
    private Map<String, HostTensor> held = Map.of();

    /// @param graphs the graph for each batch size
    /// @param layout of the parameters
    Evaluator(Backend backend, IntFunction<Graph> graphs, FlatLayout layout) {
        this.backend = backend;
        this.graphs = graphs;
        this.layout = layout;
    }

    /// Of a model that is being trained.
    static Evaluator of(Backend backend, Model model, Recipe recipe, FlatLayout layout) {
        return new Evaluator(
                backend, size -> DeadUnits.watched(recipe.precision().of(model.evaluation(size))), layout);
    }

    /// A model whose parameters are known.
    ///
    /// @param graphs the graph for each batch size, all over the same parameters
    /// @throws IllegalArgumentException if a parameter is missing or has another spec
    public static Evaluator of(Backend backend, IntFunction<Graph> graphs, Map<String, HostTensor> parameters) {
        Evaluator result = new Evaluator(backend, graphs, FlatLayout.of(graphs.apply(1), ParameterGroup.single()));
        result.hold(result.layout.join(parameters));
        return result;
    }

    /// The same with graphs that are computed in another precision.
    public static Evaluator of(
            Backend backend, IntFunction<Graph> graphs, Precision precision, Map<String, HostTensor> parameters) {
        return of(backend, size -> precision.of(graphs.apply(size)), parameters);
    }

    /// The outputs of a graph of any kind, by name: one run of a plan of its own.
    ///
    /// @param inputs for all of the graph's inputs, by label: data, parameters and states
    /// @throws TrainingException if an input is missing
    /// @throws dagrad.backend.DeviceException if the device cannot run it
    public static Map<String, HostTensor> once(Backend backend, Graph graph, Map<String, HostTensor> inputs) {
        Plan plan = PlanChecker.check(Scheduler.plan(graph, backend.capabilities()), backend.capabilities());
        try (Executable executable = backend.load(plan)) {
            graph.inputs().forEach((label, value) -> {
                HostTensor tensor = inputs.get(label);
                if (tensor == null) {
                    throw new TrainingException("the input \"" + label + "\" is missing; it is " + graph.spec(value));
                }
                executable.write(label, tensor);
            });
            executable.run();
            return outputs(executable);
        }
    }

    /// Holds nothing more until [#hold]: what plans were given they have.
    void letGo() {
        held = Map.of();
    }

    /// From now on runs with these.
    ///
    /// @param inputs flat parameters, and states that the graphs may have, by label
    void hold(Map<String, HostTensor> inputs) {
        held = Map.copyOf(inputs);
        loaded.values().forEach(plan -> write(plan.executable()));
    }

    private void write(Executable executable) {
        held.forEach((label, tensor) -> {
            if (executable.plan().inputs().containsKey(label)) {
                executable.write(label, tensor);
            }
        });
    }

    /// The outputs on a batch, by name: tensors of their own.
    ///
    /// @param batch data inputs by name; others are ignored
    /// @throws TrainingException if an input is missing or does not fit
    public Map<String, HostTensor> run(Map<String, HostTensor> batch) {
        Loaded plan = loaded.computeIfAbsent(Feed.examples(batch), this::load);
        plan.feed().write(batch);
        Executable executable = plan.executable();
        executable.run();
        return outputs(executable);
    }

    private static Map<String, HostTensor> outputs(Executable executable) {
        Map<String, HostTensor> outputs = new LinkedHashMap<>();
        executable.plan().outputs().keySet().forEach(name -> outputs.put(name, executable.read(name)));
        return outputs;
    }

    /// The plan for batches of so many examples.
    Plan plan(int size) {
        return plans.computeIfAbsent(
                size, _ -> Scheduler.plan(StepGraph.evaluation(graphs.apply(size), layout), backend.capabilities()));
    }

    /// The plan for each size that there is, in the order in which they come.
    Map<Integer, Plan> plans(Iterable<Map<String, HostTensor>> batches) {
        Map<Integer, Plan> result = new LinkedHashMap<>();
        batches.forEach(batch -> result.computeIfAbsent(Feed.examples(batch), this::plan));
        return result;
    }

    private Loaded load(int size) {
        Executable executable = backend.load(plan(size));
        write(executable);
        return new Loaded(executable, new Feed(executable));
    }

    /// The scalar outputs, averaged over the examples of all batches.
    public Map<String, Double> means(Iterable<Map<String, HostTensor>> batches) {
        return means(batches, _ -> {});
    }

    /// @param each is given the outputs of each batch
    Map<String, Double> means(Iterable<Map<String, HostTensor>> batches, Consumer<Map<String, HostTensor>> each) {
        Map<String, Double> sums = new LinkedHashMap<>();
        long examples = 0;
        for (Map<String, HostTensor> batch : batches) {
            int size = Feed.examples(batch);
            Map<String, HostTensor> outputs = run(batch);
            each.accept(outputs);
            outputs.forEach((name, tensor) -> {
                if (isScalar(tensor.spec())) {
                    sums.merge(name, tensor.scalar() * size, Double::sum);
                }
            });
            examples += size;
        }
        Map<String, Double> means = new LinkedHashMap<>();
        for (Map.Entry<String, Double> sum : sums.entrySet()) {
            means.put(sum.getKey(), sum.getValue() / examples);
        }
        return means;
    }

    static boolean isScalar(TensorSpec spec) {
        return spec.shape().equals(Shape.SCALAR) && spec.dtype().isFloating();
    }

    @Override
    public void close() {
        loaded.values().forEach(plan -> plan.executable().close());
        loaded.clear();
    }
}
